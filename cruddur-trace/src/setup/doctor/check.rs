//! One line of the doctor's table.

/// How it stands with one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Fine,
    /// Works, and could surprise.
    Warning,
    /// Does not work.
    Fault,
    /// Not switched on.
    Off,
}

/// What was looked at, what was found, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) subject: String,
    pub(super) state: State,
    pub(super) found: String,
    /// Every fault has one.
    pub(super) remedy: Option<String>,
}

/// Why something does not work, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) found: String,
    pub(super) remedy: String,
}

impl Trouble {
    pub(super) fn new(found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { found: found.into(), remedy: remedy.into() }
    }
}

/// All checks so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks(pub(super) Vec<Check>);

impl Checks {
    pub(super) fn fine(&mut self, subject: impl Into<String>, found: impl Into<String>) {
        self.add(subject.into(), State::Fine, found.into(), None);
    }

    pub(super) fn off(&mut self, subject: impl Into<String>, found: impl Into<String>) {
        self.add(subject.into(), State::Off, found.into(), None);
    }

    pub(super) fn warning(
        &mut self,
        subject: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(subject.into(), State::Warning, found.into(), Some(remedy.into()));
    }

    pub(super) fn fault(&mut self, subject: impl Into<String>, trouble: Trouble) {
        self.add(subject.into(), State::Fault, trouble.found, Some(trouble.remedy));
    }

    fn add(&mut self, subject: String, state: State, found: String, remedy: Option<String>) {
        // What a service says may hold anything; it becomes one line of text.
        let line = |text: String| text.replace(char::is_control, " ");
        self.0.push(Check { subject, state, found: line(found), remedy: remedy.map(line) });
    }
}
