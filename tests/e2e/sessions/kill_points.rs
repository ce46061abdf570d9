//! A session when the program is killed at, or fails in, any system call of a renewal or of a logout: it is whole and usable
//! afterwards.

use std::os::unix::fs::PermissionsExt;

use mesheryctl_tests::*;

use crate::sessions::whoami::{sign_in, whoami};
use crate::sign_in::layer5::saved;
use crate::storage::kill_points::{Point, each, points, sample};

/// A home that is signed in at this cloud.
fn signed_in(cloud: &Cloud) -> Home {
    let home = Home::new();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
    let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).args(["--no-verify"]);
    let _ = login.stdin(cloud.token()).run().exited(0);
    home
}

pub fn cloud() -> Cloud {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::RenewsAgain(3600));
    cloud.revoking(Revoke::Revokes)
}

fn refresh(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "token", "refresh"])
}

/// The moments of a run in a home that is signed in.
pub fn moments(sign_in: fn(&Cloud) -> Home, run: fn(&Home) -> Program<'_>) -> Vec<Point> {
    let cloud = cloud();
    let home = sign_in(&cloud);
    let _ = Trace::of(run(&home), &[]).run().exited(0);
    points(&Trace::read(&home), &home)
}

/// Runs it, struck at this moment.
pub fn struck(run: Program<'_>, point: &Point, how: &str) -> Output {
    let inject = format!("inject={}:{how}:when={}", point.call, point.count);
    Trace::of(run, &["-e", &inject]).run()
}

/// The session is whole: the token is the old or the new one, it is accepted, and no file is left over.
#[track_caller]
fn assert_usable(home: &Home, cloud: &Cloud, old: &str, context: &str) {
    let now = home.auth_text();
    assert!(now == saved(old) || now == saved(&cloud.token()), "{context}: {now}");
    for name in ["auth.json", "auth.json.kept"] {
        assert_eq!(home.mode(format!(".meshery/{name}")), 0o600, "{context}");
    }
    // With another program's eyes the old token is of no use any more, so the next command renews it once more.
    let output = whoami(home).args(["--verify"]).run();
    assert_eq!(output.code, Some(0), "{context}: {output}");
    assert_eq!(home.auth_text(), saved(&cloud.token()), "{context}");
    assert!(cloud.renewals() <= 1, "{context}: {} renewals", cloud.renewals());
    let kept = std::fs::read_to_string(home.meshery().join("auth.json.kept")).unwrap();
    assert!(!kept.contains("\"next\""), "{context}: {kept}");
}

#[test]
fn a_kill_at_any_system_call_of_a_renewal_leaves_a_session_that_works() {
    if !Trace::is_available() {
        return;
    }
    let points = sample(moments(signed_in, refresh), 9);
    each(&points, |point| {
        let cloud = cloud();
        let (home, old) = (signed_in(&cloud), cloud.token());
        let output = struck(refresh(&home), point, "signal=KILL");
        assert_usable(&home, &cloud, &old, &format!("{point:?} {output}"));
    });
}

#[test]
fn a_failure_of_any_system_call_of_a_renewal_loses_no_token() {
    if !Trace::is_available() {
        return;
    }
    let points = moments(signed_in, refresh);
    let steps: Vec<_> = points.iter().filter(|it| it.step.is_some()).collect();
    let cases: Vec<(&Point, &str)> =
        steps.iter().flat_map(|it| ["EIO", "ENOSPC"].map(|error| (*it, error))).collect();
    each(&cases, |(point, error)| {
        let cloud = cloud();
        let (home, old) = (signed_in(&cloud), cloud.token());
        let output = struck(refresh(&home), point, &format!("error={error}"));
        assert!([Some(0), Some(7)].contains(&output.code), "{point:?} {output}");
        if point.step.as_deref() == Some("rename a temporary file to auth.json") {
            assert!(output.stderr.starts_with("The new token is in "), "{output}");
            // Also when it cannot be completed, the new token is used.
            let path = home.meshery().join("auth.json").display().to_string();
            let inject = format!("inject={}:error={error}", point.call);
            let run = whoami(&home).args(["--verify"]);
            let again = Trace::of(run, &["-P", &path, "-e", &inject]).run();
            assert_eq!(again.code, Some(0), "{again}");
        }
        assert_usable(&home, &cloud, &old, &format!("{point:?} {error} {output}"));
    });
}

#[test]
fn a_file_that_cannot_be_opened_in_a_renewal_loses_no_token() {
    if !Trace::is_available() {
        return;
    }
    let points = moments(signed_in, refresh);
    let opened: Vec<_> = points.iter().filter(|it| it.call == "openat").collect();
    assert!(opened.len() > 5, "{opened:?}");
    each(&opened, |point| {
        let cloud = cloud();
        let (home, old) = (signed_in(&cloud), cloud.token());
        let output = struck(refresh(&home), point, "error=EMFILE");
        assert_usable(&home, &cloud, &old, &format!("{point:?} {output}"));
    });
}

#[test]
fn a_renewed_token_that_cannot_be_saved_is_kept_where_the_error_says() {
    if !Trace::is_available() {
        return;
    }
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = signed_in(&cloud);
    let old = home.auth_text();
    // The disk is full once the provider has replaced its refresh token.
    let first = "rename a temporary file to auth.json.kept";
    let points = moments(signed_in, refresh);
    let point = points.iter().find(|it| it.step.as_deref() == Some(first)).unwrap();
    let output = struck(refresh(&home), point, "error=ENOSPC").exited(7);
    assert!(output.stderr.contains("The token of Layer5 was renewed. Cannot write "), "{output}");
    assert!(output.stderr.contains("the disk is full"), "{output}");
    assert_eq!(home.auth_text(), old);
    let typed = output.stderr.lines().find_map(|it| it.trim().strip_prefix("Save it:")).unwrap();
    let files: Vec<&str> = typed.split_whitespace().collect();
    assert_eq!((files[0], files.len()), ("mv", 4), "{output}");
    for file in &files[1..3] {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    let _ = home.program("/bin/mv").args(&files[1..]).run().exited(0);
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    // With its record: it can be renewed again.
    let _ = refresh(&home).run().exited(0);
    assert_eq!((cloud.renewals(), home.auth_text()), (2, saved(&cloud.token())));
}

fn logout(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "logout"])
}

/// Signed in by the browser: a logout revokes the token.
fn by_browser(cloud: &Cloud) -> Home {
    let home = Home::new();
    sign_in(&home, cloud);
    home
}

/// The next logout completes one that was struck.
#[track_caller]
fn assert_ends(home: &Home, old: &str, context: &str) {
    let now = home.auth_text();
    assert!(now.is_empty() || now == saved(old), "{context}: {now}");
    let _ = logout(home).run().exited(0);
    assert_eq!(home.auth_text(), "", "{context}");
    let names = ["auth.json", "auth.json.lock"];
    let left = std::fs::read_dir(home.meshery()).unwrap().flatten();
    let left: Vec<_> = left.map(|it| it.file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|it| names.contains(&it.as_str())), "{context}: {left:?}");
}

#[test]
fn a_kill_at_any_system_call_of_a_logout_leaves_a_token_or_none() {
    if !Trace::is_available() {
        return;
    }
    let points = sample(moments(by_browser, logout), 9);
    each(&points, |point| {
        let cloud = cloud();
        let (home, old) = (by_browser(&cloud), cloud.token());
        let output = struck(logout(&home), point, "signal=KILL");
        assert_ends(&home, &old, &format!("{point:?} {output}"));
    });
}

#[test]
fn a_failure_of_any_system_call_of_a_logout_clears_the_token_or_changes_nothing() {
    if !Trace::is_available() {
        return;
    }
    let points = moments(by_browser, logout);
    let steps = points.iter().filter(|it| it.step.is_some());
    let cases: Vec<(&Point, &str)> =
        steps.flat_map(|it| ["EIO", "ENOSPC"].map(|error| (it, error))).collect();
    each(&cases, |(point, error)| {
        let cloud = cloud();
        let (home, old) = (by_browser(&cloud), cloud.token());
        let output = struck(logout(&home), point, &format!("error={error}"));
        let context = format!("{point:?} {error} {output}");
        match output.code {
            Some(0) => assert_eq!(home.auth_text(), "", "{context}"),
            Some(7) => assert_eq!(home.auth_text(), saved(&old), "{context}"),
            _ => panic!("{context}"),
        }
        assert_ends(&home, &old, &context);
    });
}
