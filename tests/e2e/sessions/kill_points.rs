//! A session when the program is killed at, or fails in, any system call of a renewal: it is whole and usable afterwards.

use mesheryctl_tests::*;

use crate::sessions::whoami::whoami;
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

fn cloud() -> Cloud {
    Cloud::start().issuing_for(3600).refreshing(Refresh::RenewsAgain(3600))
}

fn refresh(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "token", "refresh"])
}

fn moments() -> Vec<Point> {
    let cloud = cloud();
    let home = signed_in(&cloud);
    let _ = Trace::of(refresh(&home), &[]).run().exited(0);
    points(&Trace::read(&home), &home)
}

/// Runs a renewal that is struck at this moment.
fn struck(home: &Home, point: &Point, how: &str) -> Output {
    let inject = format!("inject={}:{how}:when={}", point.call, point.count);
    Trace::of(refresh(home), &["-e", &inject]).run()
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
    let points = sample(moments(), 9);
    each(&points, |point| {
        let cloud = cloud();
        let (home, old) = (signed_in(&cloud), cloud.token());
        let output = struck(&home, point, "signal=KILL");
        assert_usable(&home, &cloud, &old, &format!("{point:?} {output}"));
    });
}

#[test]
fn a_failure_of_any_system_call_of_a_renewal_loses_no_token() {
    if !Trace::is_available() {
        return;
    }
    let points = moments();
    let steps: Vec<_> = points.iter().filter(|it| it.step.is_some()).collect();
    let cases: Vec<(&Point, &str)> =
        steps.iter().flat_map(|it| ["EIO", "ENOSPC"].map(|error| (*it, error))).collect();
    each(&cases, |(point, error)| {
        let cloud = cloud();
        let (home, old) = (signed_in(&cloud), cloud.token());
        let output = struck(&home, point, &format!("error={error}"));
        assert!([Some(0), Some(7)].contains(&output.code), "{point:?} {output}");
        assert_usable(&home, &cloud, &old, &format!("{point:?} {error} {output}"));
    });
}
