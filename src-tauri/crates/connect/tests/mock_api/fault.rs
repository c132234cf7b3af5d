//! What the mock API server does instead of what it should.

/// Which requests a fault is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum On {
    /// Lists and other documents.
    List,
    /// Pages after the first.
    Continue,
    Watch,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An answer of its own: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The list is forgotten, and the cluster has moved on in the meantime.
    ForgetsList,
    /// The right answer, a few bytes at a time.
    Slow,
    /// No answer at all.
    Hangs,
    /// A watch that says nothing, whatever happens.
    Mute,
    /// A watch of these lines that then ends as it should.
    Lines(Vec<String>),
    /// The connection breaks in the midst of the next line.
    BreaksMidLine,
    /// The next line is replaced by this one; what follows is right.
    Garbles(String),
}

impl Fault {
    pub fn status(code: u16, reason: &str, message: &str) -> Self {
        let body = super::store::status(code, reason, message);
        Self::Answer(code, Vec::new(), body.to_string())
    }

    pub fn expired() -> Self {
        Self::status(410, "Expired", "too old resource version: 1 (1000)")
    }

    /// An `ERROR` event.
    pub fn error_event(code: u16, reason: &str) -> Self {
        let object = super::store::status(code, reason, "told by the mock");
        Self::Lines(vec![
            serde_json::json!({"type": "ERROR", "object": object}).to_string(),
        ])
    }
}

/// A fault that waits for its requests.
pub struct Planned {
    pub on: On,
    pub path: String,
    /// Requests left; nothing for all.
    pub times: Option<usize>,
    pub fault: Fault,
}

/// Takes the fault that is due, if one is.
pub fn due(planned: &mut Vec<Planned>, on: On, path: &str) -> Option<Fault> {
    let at = planned.iter().position(|planned| {
        let same = planned.on == on || planned.on == On::List && on == On::Continue;
        same && planned.path == path
    })?;
    let fault = planned[at].fault.clone();
    if let Some(times) = &mut planned[at].times {
        *times -= 1;
        if *times == 0 {
            planned.remove(at);
        }
    }
    Some(fault)
}
