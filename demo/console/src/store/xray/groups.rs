//! Groups: names for filter expressions.

use serde_json::{Value, json};

const MAX_GROUPS: usize = 25;

/// A group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) filter: String,
    pub(crate) insights: Value,
}

/// All groups; `Default` is X-Ray's own and always there.
pub(crate) struct Groups {
    list: Vec<Group>,
}

impl Default for Groups {
    fn default() -> Self {
        let insights = json!({"InsightsEnabled": false, "NotificationsEnabled": false});
        Self { list: vec![Group { name: "Default".into(), filter: String::new(), insights }] }
    }
}

impl Group {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:xray:us-east-1:000000000000:group/{}/LOCAL", self.name)
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut shown = json!({"GroupName": self.name, "GroupARN": self.arn(),
            "InsightsConfiguration": self.insights});
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
