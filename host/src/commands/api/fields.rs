//! The fields of a request: `-f KEY=VALUE` and `-F KEY=VALUE`, as a JSON object or as a query.

use std::fs;
use std::io::{self, Read};

use serde_json::{Map, Value};

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::text::Label;

/// The deepest key.
const MAX_PARTS: usize = 100;

/// The largest file that is read for a field, in bytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// A field, with its key as it was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    key: String,
    value: Value,
}

/// A part of a key: `a[b][]` is the member `a`, its member `b`, and one more item of that.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Member(String),
    Item,
}

/// Reads the fields of the command line: the value of a `raw` one is text, that of a typed one may be a word of JSON, a whole
/// number, `@FILE`, or `@-` for standard input.
///
/// # Errors
/// `usage` for a field without a key; `unreadable` for a file.
pub fn read(raw: &[String], typed: &[String]) -> Result<Vec<Field>> {
    let raw = raw.iter().map(|text| {
        let (key, value) = split(text)?;
        Ok(Field { key, value: value.into() })
    });
    let typed = typed.iter().map(|text| {
        let (key, value) = split(text)?;
        Ok(Field { value: typed_value(&value)?, key })
    });
    raw.chain(typed).collect()
}

/// The fields as one JSON object.
///
/// # Errors
/// `usage` if a key is repeated, or is of another kind than an earlier one.
pub fn object(fields: &[Field]) -> Result<Value> {
    let mut object = Value::Object(Map::new());
    for field in fields {
        let parts = parts_of(&field.key);
        let is_inserted = insert(&mut object, &parts, &field.value);
        is_inserted.ok_or_else(|| {
            let key = Label::new(&field.key).delimited();
            usage(format!("The field {key} is repeated, or an earlier field is of another kind."))
        })?;
    }
    Ok(object)
}

/// The fields as parameters of a query, in their order.
pub fn query(fields: &[Field]) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    fields.iter().map(|it| (it.key.clone(), text(&it.value))).collect()
}

fn split(text: &str) -> Result<(String, String)> {
    match text.split_once('=').filter(|(key, _)| !key.is_empty()) {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        // It may be secret, so it is not repeated.
        None => Err(usage("A field is not of the form KEY=VALUE.".to_owned())),
    }
}

fn typed_value(text: &str) -> Result<Value> {
    if let Some(file) = text.strip_prefix('@') {
        return read_file(file).map(Value::String);
    }
    let is_number = text.strip_prefix('-').unwrap_or(text).bytes().all(|it| it.is_ascii_digit());
    Ok(match text {
        "true" => true.into(),
        "false" => false.into(),
        "null" => Value::Null,
        number if is_number => number.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        text => text.into(),
    })
}

fn read_file(path: &str) -> Result<String> {
    let read = |from: &mut dyn Read| {
        let mut text = String::new();
        let length = from.take(MAX_FILE + 1).read_to_string(&mut text)?;
        match length as u64 > MAX_FILE {
            true => Err(io::Error::other("it is longer than 64 MiB")),
            false => Ok(text),
        }
    };
    let text = match path {
        "-" => read(&mut io::stdin().lock()),
        path => fs::File::open(path).and_then(|mut it| read(&mut it)),
    };
    text.map_err(|error| {
        let message = format!("Cannot read {}: {error}.", Label::new(path).delimited());
        let show = Command::from("ls -l").value(path);
        Error::new(Code::Unreadable, message).next(Suggestion::new("Show it", show))
    })
}

/// The parts of a key. A key with brackets that do not pair, or with too many, is one part.
fn parts_of(key: &str) -> Vec<Part> {
    let whole = || vec![Part::Member(key.to_owned())];
    let Some((first, rest)) = key.split_once('[').filter(|(first, _)| !first.is_empty()) else {
        return whole();
    };
    let Some(rest) = rest.strip_suffix(']') else { return whole() };
    let parts = rest.split("][").map(|it| match it {
        "" => Some(Part::Item),
        name if name.contains(['[', ']']) => None,
        name => Some(Part::Member(name.to_owned())),
    });
    let rest: Option<Vec<Part>> = parts.collect();
    let rest = rest.filter(|it| it.len() < MAX_PARTS);
    rest.map_or_else(whole, |rest| [vec![Part::Member(first.to_owned())], rest].concat())
}

/// Inserts the value; `None` if there is one already, or a value of another kind on the way.
fn insert(into: &mut Value, parts: &[Part], value: &Value) -> Option<()> {
    let (part, rest) = parts.split_first()?;
    match part {
        Part::Member(name) => {
            let object = into.as_object_mut()?;
            if rest.is_empty() {
                let is_new = !object.contains_key(name);
                return is_new.then(|| drop(object.insert(name.clone(), value.clone())));
            }
            insert(object.entry(name.clone()).or_insert_with(|| empty(rest)), rest, value)
        }
        Part::Item => {
            let items = into.as_array_mut()?;
            if rest.is_empty() {
                items.push(value.clone());
                return Some(());
            }
            // `a[][b]=1 a[][c]=2 a[][b]=3` are two items.
            let into_last = items.last_mut().and_then(|last| insert(last, rest, value));
            if into_last.is_none() {
                let mut item = empty(rest);
                insert(&mut item, rest, value)?;
                items.push(item);
            }
            Some(())
        }
    }
}

/// What contains these parts.
fn empty(parts: &[Part]) -> Value {
    match parts.first() {
        Some(Part::Item) => Value::Array(Vec::new()),
        _ => Value::Object(Map::new()),
    }
}

fn usage(message: String) -> Error {
    let help = Suggestion::new("Help", "mesheryctl api --help");
    Error::new(Code::Usage, message).next(help)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(raw: &[&str], typed: &[&str]) -> Result<Vec<Field>> {
        let owned = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        read(&owned(raw), &owned(typed))
    }

    #[test]
    fn fields_are_an_object_with_the_types_of_gh() {
        for (raw, typed, expected) in [
            (&["a=1", "b=true"][..], &[][..], json!({"a": "1", "b": "true"})),
            (
                &[],
                &["a=1", "b=true", "c=null", "d=x", "e="],
                json!({"a": 1, "b": true, "c": null, "d": "x", "e": ""}),
            ),
            (
                &[],
                &["a=-7", "b=1.5", "c=007x", "d=-"],
                json!({"a": -7, "b": "1.5", "c": "007x", "d": "-"}),
            ),
            (&[], &["a=99999999999999999999"], json!({"a": "99999999999999999999"})),
            (&["a=b=c"], &[], json!({"a": "b=c"})),
            (&["a[b]=1", "a[c]=2"], &[], json!({"a": {"b": "1", "c": "2"}})),
            (&["a[]=1", "a[]=2"], &[], json!({"a": ["1", "2"]})),
            (
                &["a[][b]=1", "a[][c]=2", "a[][b]=3"],
                &[],
                json!({"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
            ),
            (&["a[b][]=1"], &["a[b][]=2"], json!({"a": {"b": ["1", 2]}})),
            (&["a[=1", "]=2", "[b]=3"], &[], json!({"a[": "1", "]": "2", "[b]": "3"})),
            (&[], &[], json!({})),
        ] {
            let read = fields(raw, typed).unwrap();
            assert_eq!(object(&read).unwrap(), expected, "{raw:?} {typed:?}");
        }
    }

    #[test]
    fn a_key_with_very_many_parts_is_one_member() {
        let key = format!("a{}", "[b]".repeat(100_000));
        let read = fields(&[&format!("{key}=1")], &[]).unwrap();
        assert_eq!(object(&read).unwrap()[key], "1");
    }

    #[test]
    fn a_field_that_is_repeated_or_has_no_key_is_refused() {
        for (raw, typed) in [
            (&["a=1", "a=2"][..], &[][..]),
            (&["a=1"], &["a=1"]),
            (&["a=1", "a[b]=2"], &[]),
            (&["a[]=1", "a[b]=2"], &[]),
            (&["a[b]=1", "a[]=2"], &[]),
        ] {
            let error = object(&fields(raw, typed).unwrap()).unwrap_err();
            assert_eq!(error.code, Code::Usage, "{raw:?} {typed:?}");
        }
        for text in ["a", "=1", ""] {
            assert_eq!(fields(&[text], &[]).unwrap_err().code, Code::Usage);
            assert_eq!(fields(&[], &[text]).unwrap_err().code, Code::Usage);
        }
        assert_eq!(fields(&[], &["a=@/no/such/file"]).unwrap_err().code, Code::Unreadable);
    }

    #[test]
    fn a_value_of_a_file_is_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("value");
        fs::write(&file, "one\ntwo\n").unwrap();
        let typed = format!("a=@{}", file.display());
        let read = fields(&["b=@x"], &[&typed]).unwrap();
        assert_eq!(object(&read).unwrap(), json!({"a": "one\ntwo\n", "b": "@x"}));
    }

    #[test]
    fn a_query_has_the_fields_in_their_order() {
        let read = fields(&["b=1", "a[]=x y"], &["c=true", "d=null", "e=7"]).unwrap();
        let query = query(&read);
        let pairs: Vec<_> =
            query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("b", "1"), ("a[]", "x y"), ("c", "true"), ("d", ""), ("e", "7")]);
    }
}
