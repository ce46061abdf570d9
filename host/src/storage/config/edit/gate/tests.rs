//! Unit tests of the check of an edited text, with texts that differ from what was expected.

use super::*;

const OLD: &str = "a: 1 # one\nb: # two\n  c: x # three\n  # four\n  d: y\ne: z\n";

/// Whether this text is what comes of setting `b.c`.
fn is_met_by(new: &str) -> bool {
    let at = |text: &str| OLD.find(text).expect(text);
    let expected = Expected {
        old: OLD,
        values: values(&OLD.replace('x', "new")),
        lines: (None, at("  c: x")..at("  # four")),
        removed: 0..0,
    };
    expected.is_met_by(new, new, &[])
}

#[test]
fn an_edit_has_the_expected_values_comments_and_lines() {
    let edited = OLD.replace('x', "new");
    assert!(is_met_by(&edited));
    for (changed, why) in [
        (OLD.to_owned(), "the value is the old one"),
        (edited.replace("z", "q"), "another value differs"),
        (edited.replace("e: z\n", ""), "a value is gone"),
        (edited.replace(" # three", ""), "the comment of the line is gone"),
        (edited.replace("# one", "# eno"), "another comment differs"),
        (edited.replace("  # four\n", ""), "a comment is gone"),
        (edited.replace("a: 1 #", "a: 1  #"), "another line differs"),
        (edited.replace("e: z", "e: 'z'"), "the quotes of another line differ"),
        (edited.replace("  c: new # three\n  # four\n", "  # four\n  c: new # three\n"), "order"),
        (format!("\n{edited}"), "a line is added elsewhere"),
        (edited.replace("e: z\n", "e: z\r\n"), "a line end differs"),
        (edited.replace("e: z\n", "e: z"), "the last line end is gone"),
        (format!("{edited}  # five\n"), "a comment is added"),
        (edited.replace("c: new", "c: ["), "the text cannot be parsed"),
    ] {
        assert!(!is_met_by(&changed), "{why}");
    }
}

#[test]
fn lines_between_two_changed_places_stay() {
    let expected = Expected {
        old: "a: # one\n# two\n\n  b: x # three\n# four\n",
        values: values("a: {}"),
        lines: (Some(0..9), 16..31),
        removed: 16..31,
    };
    assert_eq!(&expected.old[16..31], "  b: x # three\n");
    let is_met_by = |new: &str| expected.is_met_by(new, new, std::slice::from_ref(&(16..31)));
    assert!(is_met_by("a: {} # one\n# two\n\n# four\n"));
    assert!(!is_met_by("a: {} # one\n# two\n# four\n"));
    assert!(!is_met_by("a: {} # one\n\n# two\n# four\n"));
    assert!(!is_met_by("a: {}\n# two\n\n# four\n"));
}

#[test]
fn a_comment_that_does_not_belong_to_a_removed_entry_stays() {
    let old = "a:\n  b: x\n# mine\nc: z\n";
    let all = old.find("  b").expect("b")..old.find('c').expect("c");
    let expected = Expected {
        old,
        values: values("a: {}\nc: z\n"),
        lines: (None, 0..all.end),
        removed: 3..10,
    };
    let is_met_by = |new, gone| expected.is_met_by(new, new, std::slice::from_ref(gone));
    assert!(is_met_by("a: {}\n# mine\nc: z\n", &(3..10)));
    assert!(!is_met_by("a: {}\nc: z\n", &all));
}
