//! Sessions of ten minutes with tokens of one minute: run by hand, as docs/sessions.md says.

use std::thread;
use std::time::{Duration, Instant};

use mesheryctl_tests::*;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::oidc::certified_provider::signed_in_at;
use crate::sessions::whoami::{sign_in, whoami};

const TEN_MINUTES: Duration = Duration::from_secs(600);
/// The life of a token, in seconds.
const LIFE: u64 = 60;

/// Asks who is signed in once a second, until it is not verified.
const LOOP: &str = "end=$(($(date +%s) + 600)); count=0
while [ $(date +%s) -lt $end ]; do
  said=$(\"$0\" system whoami --verify -o json) || { echo \"after $count: $said\"; exit 9; }
  case $said in *'\"verified\": true'*) ;; *'\"verified\": false'*) echo down;; *) exit 8;; esac
  count=$((count + 1)); sleep 1
done
echo $count calls";

/// What happens to a session in ten minutes.
struct Campaign<'h> {
    home: &'h Home,
    start: Instant,
}

impl Campaign<'_> {
    fn wait_until(&self, seconds: u64) {
        let at = self.start + Duration::from_secs(seconds);
        thread::sleep(at.saturating_duration_since(Instant::now()));
    }

    fn sixty_four_at_once(&self) {
        let all: Vec<_> = (0..64).map(|_| whoami(self.home).args(["--verify"]).spawn()).collect();
        for running in all {
            let _ = running.wait().exited(0);
        }
    }

    /// Runs the loop beside the events; returns how many calls it made. `restart` restarts the provider.
    fn run(&self, restart: impl FnOnce()) -> String {
        let binary = binary();
        let looping = self.home.program("/bin/sh").args(["-c", LOOP]).args([binary]).spawn();
        let group = Pid::from_raw(looping.pid()).unwrap();
        self.wait_until(100);
        self.sixty_four_at_once();
        self.wait_until(150);
        // The computer sleeps for longer than a token lives.
        kill_process_group(group, Signal::STOP).unwrap();
        self.wait_until(260);
        kill_process_group(group, Signal::CONT).unwrap();
        self.wait_until(300);
        restart();
        for at in [330, 345, 360, 375, 390] {
            self.wait_until(at);
            self.sixty_four_at_once();
        }
        let output = looping.wait_within(2 * TEN_MINUTES).exited(0);
        output.stdout.lines().last().unwrap().to_owned()
    }
}

fn campaign(home: &Home) -> Campaign<'_> {
    Campaign { home, start: Instant::now() }
}

/// The fewest and the most renewals of 600 seconds, of which the session slept 110: a token is renewed 8 to 15 seconds before
/// its end.
fn assert_once_for_each_lifetime(renewals: usize) {
    let (longest, shortest) = (LIFE as usize - 7, LIFE as usize - 16);
    let range = 490 / longest..=600 / shortest + 1;
    assert!(range.contains(&renewals), "{renewals} renewals, not {range:?}");
}

#[allow(clippy::print_stderr, reason = "the figures of a campaign that a person runs")]
fn report(at: &str, calls: &str, renewals: usize) {
    eprintln!("{at}: {calls}, and 6 times 64 at once; {renewals} renewals");
}

#[test]
#[ignore = "ten minutes; docs/sessions.md has its command"]
fn a_session_at_a_remote_provider_lives_through_a_sleep_and_a_restart_of_the_provider() {
    let mut cloud =
        Cloud::start().issuing_for(LIFE as i64).refreshing(Refresh::Renews(LIFE as i64));
    let home = Home::new();
    sign_in(&home, &cloud);
    let calls = campaign(&home).run(|| cloud.restart(|| thread::sleep(Duration::from_secs(3))));
    report("remote provider", &calls, cloud.renewals());
    assert_once_for_each_lifetime(cloud.renewals());
}

#[test]
#[ignore = "ten minutes; docs/sessions.md has its command"]
fn a_session_at_a_certified_provider_lives_through_a_sleep() {
    let Some(provider) = IdentityProvider::with_access_tokens_of(LIFE) else { return };
    let home = signed_in_at(&provider);
    let calls = campaign(&home).run(|| {});
    let exchanges = provider.exchanges();
    let renewals: Vec<_> = exchanges.iter().filter(|it| it.grant == "refresh_token").collect();
    report("certified provider", &calls, renewals.len());
    assert!(renewals.iter().all(|it| it.status == 200), "{renewals:?}");
    assert_once_for_each_lifetime(renewals.len());
}
