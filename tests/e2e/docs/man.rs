//! The manual pages.

use std::collections::BTreeSet;
use std::fs;

use mesheryctl_tests::*;

#[test]
fn each_command_has_a_manual_page_that_man_accepts() {
    let Some(mandoc) = installed("mandoc") else { return };
    let home = Home::new();
    let example = built_example("mesheryctl", "man");
    let write = home.program(example).env("SOURCE_DATE_EPOCH", "0").args(["pages"]);
    let _ = write.run().exited(0);
    let folder = home.path().join("pages");
    let files = fs::read_dir(&folder).unwrap();
    let names: BTreeSet<_> =
        files.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    for command in ["", "-api", "-system", "-system-login", "-system-token-view", "-plugin-trust"] {
        let name = format!("mesheryctl{command}.1");
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    for name in &names {
        let page = folder.join(name);
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.contains("1970-01-01") && text.contains("Example"), "{name}");
        let read = home.program(&mandoc).args(["-Tlint", "-Werror"]).args([page]).run();
        assert_eq!((read.code, read.stdout.as_str()), (Some(0), ""), "{name}");
    }
}
