//! The pages of a list: the envelopes of Meshery Server, joined into one.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// The number of items that is asked for in one page.
pub const PAGE_SIZE: &str = "100";

/// The three names by which handlers of Meshery Server read the size of a page.
pub const SIZES: [&str; 3] = ["pagesize", "pageSize", "page_size"];

/// One page: an object with one array, and with how many items there are in all.
#[derive(Debug)]
pub struct Page<'a> {
    /// The members but for the array, as they came.
    members: BTreeMap<String, &'a RawValue>,
    /// The name of the array.
    name: String,
    /// What is between the brackets of the array, as it came.
    items: &'a str,
    count: u64,
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

impl<'a> Page<'a> {
    /// # Errors
    /// Why the text is no page, as a predicate.
    pub fn parse(body: &'a [u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(body).map_err(|_| "is not text")?;
        let mut members: BTreeMap<String, &RawValue> =
            serde_json::from_str(text).map_err(|_| "is not a JSON object")?;
        let number = |name: &str| members.get(name).and_then(|it| it.get().parse::<u64>().ok());
        let total = number("total_count").or_else(|| number("totalCount"));
        let total = total.ok_or("has no total_count, so that it is no page of a list")?;
        let page = number("page");
        let name = {
            let named = |is: fn(&str) -> bool| -> Vec<&String> {
                members.iter().filter(|(_, it)| is(it.get())).map(|(name, _)| name).collect()
            };
            let arrays = named(|it| it.starts_with('['));
            // Go writes an empty list as null.
            let nulls = named(|it| it == "null");
            match (arrays.as_slice(), nulls.as_slice()) {
                ([one], _) | ([], [one]) => (*one).clone(),
                ([], _) => return Err("has no list"),
                _ => return Err("has several lists"),
            }
        };
        let list = members.remove(&name).map_or("null", RawValue::get);
        let inside = list.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or_default();
        let items: Option<Vec<IgnoredAny>> =
            serde_json::from_str(list).map_err(|_| "has a list that cannot be parsed")?;
        let count = items.map_or(0, |it| it.len() as u64);
        Ok(Self { members, name, items: inside.trim(), count, total, number: page })
    }
}

impl Joined {
    /// The text that continues the output with this page, and what to do then.
    ///
    /// # Errors
    /// Why the page does not continue the list, as a predicate.
    pub fn add(&mut self, page: &Page<'_>) -> Result<(String, Then), &'static str> {
        let mut text = String::new();
        match &self.name {
            None => {
                // Some versions of the server count from 1, and answer so to a request for page 0.
                self.next = page.number.filter(|it| *it == 1).unwrap_or(0);
                text += "{";
                for (name, value) in &page.members {
                    text += &format!("{}:{},", serde_json::json!(name), value.get());
                }
                text += &format!("{}:[", serde_json::json!(page.name));
                self.name = Some(page.name.clone());
            }
            Some(name) if *name != page.name && page.count > 0 => {
                return Err("has another list than the page before");
            }
            Some(_) => {}
        }
        if page.number.is_some_and(|it| it != self.next) {
            return Err("is not the page that was asked for");
        }
        text += if self.count > 0 && page.count > 0 { "," } else { "" };
        text += page.items;
        self.count += page.count;
        let then = match (self.count >= page.total, page.count == 0) {
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

    fn page(text: &str) -> Page<'_> {
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
            (
                &[
                    r#"{"page":1,"total_count":2,"results":[1]}"#,
                    r#"{"page":2,"total_count":2,"results":[2]}"#,
                ],
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
