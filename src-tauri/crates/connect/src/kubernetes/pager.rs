//! A list, page by page, consistent as of one resource version.
//!
//! Pages of one list show the cluster at one moment. Where the server has forgotten that moment (410 Expired) the list
//! begins anew, so that no two moments are mixed; where it forgets twice, all is asked for at once, as client-go does
//! (its pager's `FullListIfExpired`).

use kube::core::params::ListParams;
use serde_json::Value;

use super::kinds::Resource;
use super::read_error::ReadError;
use super::reader::Reader;

/// How often in a row a page may fail before its list begins anew: what it goes on from may be the cause.
const LONGEST_STRETCH: u32 = 5;

/// How often a list may expire before all is asked for at once; after that it is a failure.
const FORGETS: u32 = 2;

/// A list under way.
pub(crate) struct Pager {
    path: String,
    field_selector: Option<String>,
    page_size: u32,
    items: Vec<Value>,
    next: Option<String>,
    version: Option<String>,
    /// Times the server forgot the moment.
    expired: u32,
    /// Failures since the last page.
    failed: u32,
}

/// A whole list.
#[derive(Debug, PartialEq)]
pub(crate) struct Listed {
    /// Objects, each with API version, kind and a name.
    pub items: Vec<Value>,
    /// What a watch goes on from.
    pub version: String,
}

/// What became of a page.
#[derive(Debug)]
pub(crate) enum Page {
    /// More to come.
    More,
    /// All there.
    Last(Listed),
    /// The list begins anew, since the server forgot its moment.
    Anew,
    /// It failed; asked again, it goes on where it stood.
    Failed(ReadError),
}

impl Pager {
    pub fn new(path: String, field_selector: Option<String>, page_size: u32) -> Self {
        Self {
            path,
            field_selector,
            page_size,
            items: Vec::new(),
            next: None,
            version: None,
            expired: 0,
            failed: 0,
        }
    }

    /// Reads the next page.
    pub async fn page(&mut self, reader: &Reader, resource: &Resource) -> Page {
        let parameters = ListParams {
            field_selector: self.field_selector.clone(),
            limit: (self.expired < FORGETS).then_some(self.page_size),
            continue_token: self.next.clone(),
            ..ListParams::default()
        };
        let page = reader.list(&self.path, &parameters).await;
        match page.and_then(|page| self.take(page, resource)) {
            Ok(Some(listed)) => Page::Last(listed),
            Ok(None) => {
                self.failed = 0;
                Page::More
            }
            Err(error) if error.is_expired() && self.next.is_some() => {
                self.expired += 1;
                self.begin_anew();
                if self.expired <= FORGETS {
                    Page::Anew
                } else {
                    Page::Failed(error)
                }
            }
            Err(error) => {
                self.failed += 1;
                // 400 says that what it goes on from does not read any more, as after an upgrade.
                let stuck = error.code() == Some(400) || self.failed >= LONGEST_STRETCH;
                if stuck || matches!(error, ReadError::Garbage(_)) {
                    self.begin_anew();
                }
                Page::Failed(error)
            }
        }
    }

    fn begin_anew(&mut self) {
        self.items.clear();
        self.next = None;
        self.version = None;
        self.failed = 0;
    }

    fn take(&mut self, mut page: Value, resource: &Resource) -> Result<Option<Listed>, ReadError> {
        let garbage = |problem: &str| ReadError::Garbage(format!("{}: {problem}", self.path));
        let text = |field: &str| {
            let text = page["metadata"][field].as_str().unwrap_or_default();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let (next, version) = (text("continue"), text("resourceVersion"));
        let Some(version) = version else {
            return Err(garbage("a page of it has no metadata.resourceVersion"));
        };
        // A list of nothing may have null for its items.
        let items = match page.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            Some(Value::Null) => Vec::new(),
            None if page["kind"]
                .as_str()
                .is_some_and(|kind| kind.ends_with("List")) =>
            {
                Vec::new()
            }
            _ => return Err(garbage("what came is no list: it has no items")),
        };
        if next.is_some() && next == self.next {
            return Err(garbage("the same page came again"));
        }
        for mut item in items {
            complete(&mut item, resource).map_err(|problem| garbage(&problem))?;
            self.items.push(item);
        }
        // Of the first page: what changes while the others come is told again by the watch, should they be newer.
        let version = self.version.take().unwrap_or(version);
        self.next = next;
        if self.next.is_some() {
            self.version = Some(version);
            return Ok(None);
        }
        let items = std::mem::take(&mut self.items);
        Ok(Some(Listed { items, version }))
    }
}

/// Gives an object the API version and kind that items of a list go without, and sees that it has a name.
pub(crate) fn complete(object: &mut Value, resource: &Resource) -> Result<(), String> {
    let Some(map) = object.as_object_mut() else {
        return Err("an item of it is no object".to_owned());
    };
    // First, as every other object has them.
    for (at, (field, text)) in [
        ("apiVersion", resource.api_version()),
        ("kind", resource.kind.clone()),
    ]
    .into_iter()
    .enumerate()
    {
        let there = map.get(field).and_then(Value::as_str);
        if there.is_none_or(str::is_empty) {
            map.shift_insert(at, field.to_owned(), Value::String(text));
        }
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        return Err("an item of it has no metadata.name".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pods() -> Resource {
        Resource {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            plural: "pods".to_owned(),
            namespaced: true,
        }
    }

    fn pager() -> Pager {
        Pager::new("/api/v1/pods".to_owned(), None, 1)
    }

    fn pod(name: &str) -> Value {
        json!({"metadata": {"name": name}, "later": 1})
    }

    #[test]
    fn pages_are_one_list_as_of_the_first() {
        let mut pager = pager();
        let first = json!({"kind": "PodList", "metadata": {"resourceVersion": "7", "continue": "t"}, "items": [pod("a")]});
        assert_eq!(pager.take(first, &pods()), Ok(None));
        let last =
            json!({"kind": "PodList", "metadata": {"resourceVersion": "9"}, "items": [pod("b")]});
        let listed = pager.take(last, &pods()).unwrap().unwrap();
        assert_eq!(listed.version, "7");
        let names: Vec<_> = listed
            .items
            .iter()
            .map(|item| &item["metadata"]["name"])
            .collect();
        assert_eq!(names, ["a", "b"]);
        let first = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"later":1}"#;
        assert_eq!(listed.items[0].to_string(), first);
    }

    #[test]
    fn lists_of_nothing() {
        for items in [json!([]), Value::Null] {
            let list =
                json!({"metadata": {"resourceVersion": "7", "continue": ""}, "items": items});
            let listed = pager().take(list, &pods()).unwrap().unwrap();
            assert!(listed.items.is_empty());
        }
        let without = json!({"kind": "PodList", "metadata": {"resourceVersion": "7"}});
        assert!(pager().take(without, &pods()).unwrap().is_some());
    }

    #[test]
    fn what_is_no_list() {
        let check = |page: Value, expect: &str| {
            let error = pager().take(page, &pods()).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        let at = json!({"resourceVersion": "7"});
        check(json!({"kind": "Pod", "metadata": at}), "no items");
        check(json!({"metadata": at, "items": [1]}), "no object");
        check(json!({"metadata": at, "items": [{}]}), "no metadata.name");
        check(json!({"items": []}), "no metadata.resourceVersion");
        check(json!([]), "no metadata.resourceVersion");
        let mut pager = pager();
        let page = json!({"metadata": {"resourceVersion": "7", "continue": "t"}, "items": []});
        assert_eq!(pager.take(page.clone(), &pods()), Ok(None));
        let error = pager.take(page, &pods()).unwrap_err().to_string();
        assert!(error.contains("same page"), "{error}");
    }
}
