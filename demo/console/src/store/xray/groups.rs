//! Groups: names for filter expressions.

use serde_json::{Value, json};

const MAX_GROUPS: usize = 25;

/// A group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) filter: String,
    pub(crate) insights: Insights,
}

/// What is to be found out about a group; nothing here is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Insights {
    pub(crate) is_on: bool,
    pub(crate) notifies: bool,
}

/// All groups; `Default` is X-Ray's own and always there.
pub(crate) struct Groups {
    list: Vec<Group>,
}

impl Default for Groups {
    fn default() -> Self {
        let insights = Insights::default();
        Self { list: vec![Group { name: "Default".into(), filter: String::new(), insights }] }
    }
}

impl Group {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:xray:us-east-1:000000000000:group/{}/LOCAL", self.name)
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut shown = json!({"GroupName": self.name, "GroupARN": self.arn(),
            "InsightsConfiguration": {"InsightsEnabled": self.insights.is_on,
                "NotificationsEnabled": self.insights.notifies}});
        if !self.filter.is_empty() {
            shown["FilterExpression"] = json!(self.filter);
        }
        shown
    }
}

impl Groups {
    pub(crate) fn all(&self) -> &[Group] {
        &self.list
    }

    pub(crate) fn find(&mut self, name_or_arn: &str) -> Option<&mut Group> {
        self.list.iter_mut().find(|it| it.name == name_or_arn || it.arn() == name_or_arn)
    }

    /// `false` if there is no room.
    pub(crate) fn add(&mut self, group: Group) -> bool {
        let has_room = self.list.len() < MAX_GROUPS;
        if has_room {
            self.list.push(group);
        }
        has_room
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.list.retain(|it| it.name != name);
    }
}
