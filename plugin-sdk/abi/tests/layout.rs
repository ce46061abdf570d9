//! The layout of the binary interface, as abi_stable compares it when a plugin is loaded: `layout.txt`. It never changes, since a
//! host with another layout rejects every plugin that exists.

#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::mem::offset_of;
use std::path::Path;

use abi_stable::StableAbi;
use abi_stable::library::AbiHeader;
use abi_stable::type_layout::{ReprAttr, TLData, TLField, TLFunction, TypeLayout};
use mesheryctl_plugin_abi::{Ask, Door, DoorRef, Found, Header, Made, OwnedText, SYMBOL, Text};

/// Only for a better description: another layout is a second generation of the interface, a crate with a symbol and a file of its own.
const RENEWED_BY: &str =
    "MESHERYCTL_RENEW_TABLES=1 cargo test -p mesheryctl-plugin-abi --test layout";

#[test]
fn the_layout_of_the_interface_and_of_all_that_it_reaches_never_changes() {
    if cfg!(not(target_pointer_width = "64")) {
        return; // The file states sizes and offsets of 64-bit systems; those of others differ.
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layout.txt");
    let layout = layout();
    if std::env::var_os("MESHERYCTL_RENEW_TABLES").is_some() {
        fs::write(&file, &layout).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap();
    let changed = kept.lines().zip(layout.lines()).find(|(kept, now)| kept != now);
    assert!(
        kept == layout,
        "The layout differs from tests/layout.txt, first in {changed:?}. Hosts would reject every plugin that exists: create a \
         crate for a second generation instead. If only the description differs: {RENEWED_BY}"
    );
}

#[test]
fn the_offsets_of_the_layout_are_those_of_the_compiler() {
    // A reference to a module has no field of its own.
    let module = <DoorRef as StableAbi>::LAYOUT.phantom_fields().to_vec();
    let door = fields(module[0].layout());
    assert_eq!(door.iter().map(TLField::name).collect::<Vec<_>>(), ["manifest", "run"]);
    let expected = [offset_of!(Door, manifest), offset_of!(Door, run)];
    assert!(Offsets::of(&door).map(|(offset, _)| offset).eq(expected));
}

/// What a host and a plugin rely on: versions, the symbol, and every type that is reached from it.
fn layout() -> String {
    let header = AbiHeader::VALUE;
    let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
    let mut text = format!(
        "The layout of the binary interface, in bytes, on 64-bit systems.\n\n\
         version {} of mesheryctl-plugin-abi\nsymbol {}\nheader {:?} {}.{}\n",
        env!("CARGO_PKG_VERSION"),
        text_of(SYMBOL),
        text_of(&header.magic_string),
        header.abi_major,
        header.abi_minor,
    );
    let mut types = BTreeSet::new();
    for root in [
        <Header as StableAbi>::LAYOUT,
        <Found as StableAbi>::LAYOUT,
        <Made as StableAbi>::LAYOUT,
        <DoorRef as StableAbi>::LAYOUT,
        <Ask as StableAbi>::LAYOUT,
        <Text<'static> as StableAbi>::LAYOUT,
        <OwnedText as StableAbi>::LAYOUT,
    ] {
        collect(root, &mut types);
    }
    for (name, description) in types {
        let _ = write!(text, "\n{name}{description}");
    }
    text
}

/// Adds a type and all that it reaches: its name and its description.
fn collect(layout: &'static TypeLayout, types: &mut BTreeSet<(String, String)>) {
    if types.insert((name(layout), description(layout))) {
        for nested in layout.shared_vars().type_layouts() {
            collect(nested(), types);
        }
    }
}

fn description(layout: &TypeLayout) -> String {
    let (data, fields) = (layout.data(), fields(layout));
    let mut text = format!(
        " of {}\n  size {}, alignment {}, {}{}, {:?}\n",
        layout.package(),
        layout.size(),
        layout.alignment(),
        kind(&data),
        if layout.is_nonzero() { " that is never zero" } else { "" },
        layout.repr_attr(),
    );
    if let TLData::Enum(all) = data {
        let _ = writeln!(text, "  {:?}", all.discriminants);
        let mut fields = fields.iter();
        for (name, count) in all.variant_names_iter().zip(all.field_count.iter()) {
            let _ = writeln!(text, "  variant {name}");
            for field in fields.by_ref().take(usize::from(*count)) {
                let _ = writeln!(text, "      {}", signature(field));
            }
        }
    } else {
        for (offset, field) in Offsets::of(&fields) {
            let offset = if matches!(data, TLData::Union { .. }) { 0 } else { offset };
            let _ = writeln!(text, "  {offset:>3} {}", signature(field));
        }
        let end = Offsets::of(&fields).end().next_multiple_of(layout.alignment());
        let is_c = matches!((data, layout.repr_attr()), (TLData::Struct { .. }, ReprAttr::C));
        assert!(!is_c || end == layout.size(), "{text} ends at {end}");
    }
    for field in layout.phantom_fields() {
        let _ = writeln!(text, "    + {}", signature(&field));
    }
    text
}

fn kind(data: &TLData) -> String {
    match data {
        TLData::Primitive(primitive) => format!("primitive {primitive:?}"),
        TLData::Opaque => "opaque".to_owned(),
        TLData::Struct { .. } => "struct".to_owned(),
        TLData::Union { .. } => "union".to_owned(),
        TLData::Enum(_) => "enum".to_owned(),
        TLData::PrefixType(module) => {
            let accessible = module.accessible_fields.iter().take(module.fields.len());
            let accessible = accessible.filter(|it| it.is_accessible()).count();
            format!("module of {accessible} fields, {} mandatory", module.first_suffix_field)
        }
    }
}

fn fields(layout: &TypeLayout) -> Vec<TLField> {
    layout.get_fields().map(|it| it.to_vec()).unwrap_or_default()
}

/// A field with its type, and with the functions in it.
fn signature(field: &TLField) -> String {
    let functions: Vec<_> = field.function_range().iter().map(|it| function(&it)).collect();
    match field.is_function() {
        true => format!("{}: {}", field.name(), functions.join(", ")),
        false => [vec![format!("{}: {}", field.name(), name(field.layout()))], functions]
            .concat()
            .join(", "),
    }
}

fn function(function: &TLFunction) -> String {
    let parameters: Vec<_> = function.param_type_layouts.iter().map(|it| name(it())).collect();
    let mut text = if function.fn_qualifs.is_unsafe() { "unsafe fn" } else { "fn" }.to_owned();
    let _ = write!(text, "({})", parameters.join(", "));
    if let Some(returned) = function.return_type_layout() {
        let _ = write!(text, " -> {}", name(returned()));
    }
    for lifetimes in function.paramret_lifetime_indices.as_slice() {
        let _ = write!(text, " {lifetimes:?}");
    }
    text
}

/// The name of a type, without the spaces that abi_stable adds.
fn name(layout: &TypeLayout) -> String {
    layout
        .full_type()
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" >", ">")
}

/// The fields of a `#[repr(C)]` struct, and where each begins.
struct Offsets<'a> {
    fields: std::slice::Iter<'a, TLField>,
    end: usize,
}

impl<'a> Offsets<'a> {
    fn of(fields: &'a [TLField]) -> Self {
        Self { fields: fields.iter(), end: 0 }
    }

    /// Where the last one ends.
    fn end(mut self) -> usize {
        self.by_ref().for_each(drop);
        self.end
    }
}

impl<'a> Iterator for Offsets<'a> {
    type Item = (usize, &'a TLField);

    fn next(&mut self) -> Option<Self::Item> {
        let field = self.fields.next()?;
        let layout = field.layout();
        let offset = self.end.next_multiple_of(layout.alignment());
        self.end = offset + layout.size();
        Some((offset, field))
    }
}
