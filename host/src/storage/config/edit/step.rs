//! [`Step`]: one change of the values of a file, and the values after it.

use serde_json::{Map, Value};

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum New {
    Text(String),
    List(Vec<New>),
    Map(Vec<(String, New)>),
}

/// The way from the top of the file to a mapping, a list or a member, by the keys as the file spells them.
pub type Path = Vec<String>;

/// One change of the values of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Sets the member at the end of the path. Mappings that are missing on the way are added.
    Put(Path, New),
    /// Adds an item to the list at the end of the path. A list that is missing is added.
    Push(Path, New),
    /// Removes the member at the end of the path.
    Remove(Path),
    /// Removes an item of the list at the end of the path.
    RemoveItem(Path, usize),
}

impl Step {
    /// The values of a file after this change; `None` if they are not those of a config file.
    pub fn applied(&self, mut file: Value) -> Option<Value> {
        match self {
            Self::Put(path, new) => *place(&mut file, path)? = new.value(),
            Self::Push(path, new) => {
                let list = place(&mut file, path)?;
                if is_empty(list) {
                    *list = Value::Array(Vec::new());
                }
                list.as_array_mut()?.push(new.value());
            }
            Self::Remove(path) => {
                let (name, parents) = path.split_last()?;
                place(&mut file, parents)?.as_object_mut()?.remove(name)?;
            }
            Self::RemoveItem(path, at) => {
                let list = place(&mut file, path)?.as_array_mut()?;
                (*at < list.len()).then(|| list.remove(*at))?;
            }
        }
        Some(file)
    }
}

impl New {
    fn value(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::value).collect(),
            Self::Map(members) => {
                let members = members.iter().map(|(key, new)| (key.clone(), new.value()));
                Value::Object(members.collect())
            }
        }
    }
}

/// The value at the end of the path. What is missing is added, as null at its end.
fn place<'a>(mut at: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    for name in path {
        if is_empty(at) {
            *at = Value::Object(Map::new());
        }
        at = at.as_object_mut()?.entry(name).or_insert(Value::Null);
    }
    Some(at)
}

/// Whether it stands for a mapping or a list without entries.
fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_object().is_some_and(Map::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
}
