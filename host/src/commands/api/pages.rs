//! The pages of a list: the envelopes of Meshery Server, joined into one.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The number of items that is asked for in one page.
pub const PAGE_SIZE: &str = "100";

/// The three names by which handlers of Meshery Server read the size of a page.
pub const SIZES: [&str; 3] = ["pagesize", "pageSize", "page_size"];

/// One page: an object with one array, and with how many items there are in all.
#[derive(Debug)]
pub struct Page {
    /// The members but for the array, as they came.
    members: BTreeMap<String, Box<RawValue>>,
    /// The name of the array.
    name: String,
    items: Vec<Box<RawValue>>,
    total: u64,
    number: Option<u64>,
}

/// The pages so far.
#[derive(Debug, Default)]
pub struct Joined {
    name: Option<String>,
    count: u64,
    next: u64,
}

/// What to do after a page.
#[derive(Debug, PartialEq, Eq)]
pub enum Then {
    /// Ask for the page of this number.
    Next(u64),
    /// The list is complete.
    Complete,
    /// The list ended before the total: after so many items of so many.
    Short { count: u64, total: u64 },
}

impl Page {
    /// # Errors
    /// Why the text is no page, as a predicate.
    pub fn parse(body: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(body).map_err(|_| "is not text")?;
        let mut members: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(text).map_err(|_| "is not a JSON object")?;
        let number = |names: [&str; 2], members: &BTreeMap<String, Box<RawValue>>| {
            let found = names.iter().find_map(|it| members.get(*it));
            found.and_then(|it| it.get().parse::<u64>().ok())
        };
        let total = number(["total_count", "totalCount"], &members);
        let total = total.ok_or("has no total_count, so that it is no page of a list")?;
        let page = number(["page", "page"], &members);
        let is_array = |it: &RawValue| it.get().starts_with('[');
        let is_null = |it: &RawValue| it.get() == "null";
        let arrays: Vec<&String> =
            members.iter().filter(|(_, it)| is_array(it)).map(|(name, _)| name).collect();
        let name = match arrays.as_slice() {
            [one] => (*one).clone(),
            // Go writes an empty list as null.
            [] => {
                let empty = members.iter().find(|(_, it)| is_null(it)).map(|(name, _)| name);
                empty.ok_or("has no list")?.clone()
            }
            _ => return Err("has several lists"),
        };
        let items = members.remove(&name);
        let items = items.filter(|it| is_array(it)).map(|it| serde_json::from_str(it.get()));
        let items = items.transpose().map_err(|_| "has a list that cannot be parsed")?;
        Ok(Self { members, name, items: items.unwrap_or_default(), total, number: page })
    }
}

impl Joined {
    /// The text that continues the output with this page, and what to do then.
    ///
    /// # Errors
    /// Why the page does not continue the list, as a predicate.
    pub fn add(&mut self, page: &Page) -> Result<(String, Then), &'static str> {
        let mut text = String::new();
        match &self.name {
            None => {
                text += "{";
                for (name, value) in &page.members {
                    text += &format!("{}:{},", serde_json::json!(name), value.get());
                }
                text += &format!("{}:[", serde_json::json!(page.name));
                self.name = Some(page.name.clone());
            }
            Some(name) if *name != page.name && !page.items.is_empty() => {
                return Err("has another list than the page before");
            }
            Some(_) => {}
        }
        if page.number.is_some_and(|it| it != self.next) {
            return Err("is not the page that was asked for");
        }
        for item in &page.items {
            text += if self.count == 0 { "" } else { "," };
            text += item.get();
            self.count += 1;
        }
        let then = match (self.count >= page.total, page.items.is_empty()) {
            (true, _) => Then::Complete,
            (false, true) => Then::Short { count: self.count, total: page.total },
            (false, false) => {
                self.next += 1;
                Then::Next(self.next)
            }
        };
        if !matches!(then, Then::Next(_)) {
            text += "]}\n";
        }
        Ok((text, then))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn pages_are_one_envelope_whose_items_are_as_they_came() {
        let mut joined = Joined::default();
        let first = page(r#"{"page":0,"page_size":2,"total_count":3,"profiles":[{"n":1.0},2]}"#);
        let (one, then) = joined.add(&first).unwrap();
        assert_eq!(then, Then::Next(1));
        let (two, then) = joined
            .add(&page(r#"{"page":1,"total_count":3,"profiles":[12345678901234567890]}"#))
            .unwrap();
        assert_eq!(then, Then::Complete);
        let all = r#"{"page":0,"page_size":2,"total_count":3,"profiles":[{"n":1.0},2,12345678901234567890]}"#;
        assert_eq!(one + &two, format!("{all}\n"));
    }

    #[test]
    fn a_list_ends_by_its_total_and_an_empty_page_ends_it_short() {
        for (pages, expected) in [
            (&[r#"{"totalCount":0,"results":null}"#][..], Then::Complete),
            (&[r#"{"totalCount":0,"results":[]}"#], Then::Complete),
            (
                &[r#"{"total_count":2,"results":[1]}"#, r#"{"total_count":2,"results":[2]}"#],
                Then::Complete,
            ),
            // A page that is not full is not the last.
            (&[r#"{"page_size":100,"total_count":2,"results":[1]}"#], Then::Next(1)),
            (
                &[r#"{"total_count":9,"results":[1]}"#, r#"{"total_count":9,"results":null}"#],
                Then::Short { count: 1, total: 9 },
            ),
        ] {
            let mut joined = Joined::default();
            let last = pages.iter().map(|it| joined.add(&page(it)).unwrap().1).last();
            assert_eq!(last, Some(expected), "{pages:?}");
        }
    }

    #[test]
    fn what_is_no_page_or_another_page_is_refused() {
        for text in [
            "",
            "[]",
            "null",
            "<html>",
            r#"{"total_count":1}"#,
            r#"{"results":[]}"#,
            r#"{"total_count":"1","results":[]}"#,
            r#"{"total_count":1,"a":[],"b":[]}"#,
            r#"{"total_count":-1,"a":[]}"#,
            "\u{fffd}",
        ] {
            assert!(Page::parse(text.as_bytes()).is_err(), "{text}");
        }
        let mut joined = Joined::default();
        let first = r#"{"page":0,"total_count":9,"a":[1]}"#;
        let _ = joined.add(&page(first)).unwrap();
        assert!(joined.add(&page(first)).is_err(), "a server that ignores the page");
        assert!(joined.add(&page(r#"{"page":1,"total_count":9,"b":[1]}"#)).is_err());
    }
}
