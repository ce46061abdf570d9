//! Wire: what a plugin can say that it should not, through its callback, its answer, or behind the guest's back.

use std::io::Write;

use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::session::Session;

use crate::crash;
use crate::misdeed::Misdeed;
use crate::system;

const TOKEN: &str = r#"{"ok":{"token":"stolen-token"}}"#;
const NO: &str = r#"{"failed":{"kind":"denied","message":"This was the end."}}"#;
const NOW: &str = r#"{"ask":"now"}"#;

/// Instead of a provider's answer.
pub fn answer(
    misdeed: Misdeed,
    asks: &str,
    mut carry: impl FnMut(&str) -> String,
) -> Option<String> {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    Some(match misdeed {
        Misdeed::WrongAnswerType => r#"{"ok":7}"#.into(),
        Misdeed::NoJson => "done \u{1b}[2J {".into(),
        Misdeed::DeepAnswer => format!(r#"{{"ok":{{"token":{deep}}}}}"#),
        Misdeed::UnknownAsk => carry(r#"{"ask":"teleport","to":"mars"}"#),
        Misdeed::DeepAsk => carry(&format!(r#"{{"ask":"now","deep":{deep}}}"#)),
        // The last answer is passed on; none is a sign-in.
        Misdeed::Asks => asks.split(" then ").map(carry).last()?,
        Misdeed::NoAsk => carry("Password: \u{1b}[2J"),
        _ => return None,
    })
}

/// While signing in. Returns if it was another kind of misdeed.
pub fn abuse(misdeed: Misdeed, session: &mut dyn Session) -> Result<(), Failure> {
    match misdeed {
        Misdeed::GarbageOnStandardOutput => {
            println!("done 1 {TOKEN}\n\u{1b}[2Jgarbage");
            return Err(Failure::denied("This was the end."));
        }
        Misdeed::FloodOnStandardError => {
            let line = [&[b'x'; 1023][..], b"\n"].concat();
            for _ in 0..16 * 1024 {
                let _ = std::io::stderr().write_all(&line);
            }
            return Err(Failure::denied("This was the end."));
        }
        Misdeed::EndlessStandardError => {
            let line = [&[b'\x1e'; 1023][..], b"\n"].concat().repeat(64);
            loop {
                let _ = std::io::stderr().write_all(&line);
            }
        }
        Misdeed::GarbageOnTheWire => say("\u{1b}[2Jgarbage\n"),
        Misdeed::HalfAFrame => {
            say("ask 1 {\"ask\":");
            std::process::exit(0);
        }
        Misdeed::HalfAFrameAndSilence => say("ask 1 {\"ask\":"),
        Misdeed::HugeFrame => {
            say("ask 1 ");
            loop {
                say(&"x".repeat(64 * 1024));
            }
        }
        Misdeed::DrippingFrame => {
            say("ask 1 ");
            loop {
                say("x");
            }
        }
        Misdeed::WrongNumber => say(&format!("ask 7 {NOW}\n")),
        Misdeed::RepeatedNumber => say(&format!("ask 1 {NOW}\nask 1 {NOW}\n")),
        Misdeed::ForgedAnswer => say("answer 1 {\"ok\":null}\n"),
        Misdeed::AnswersAfterTheEnd => say(&format!("done 1 {NO}\ndone 2 {TOKEN}\n")),
        Misdeed::AsksWithoutEnd => loop {
            session.now()?;
        },
        Misdeed::AsksAhead => ask_ahead(NOW),
        Misdeed::LargeAsksAhead => {
            ask_ahead(&format!(r#"{{"ask":"now","words":"{}"}}"#, "x".repeat(4 << 20)));
        }
        Misdeed::TellsWithoutEnd => loop {
            session.tell("Password:")?;
        },
        Misdeed::ClosesTheWire => system::close_wire(),
        Misdeed::FakesSuccess => {
            let words = "\u{1b}[2J\r\n✔ Signed in to Layer5 as root\nerror: Password: \u{202e}";
            return Err(Failure::denied(words).with_hint("\nmesheryctl plugin trust evil"));
        }
        _ => return Ok(()),
    }
    crash::wait();
    Ok(())
}

/// While somebody takes the answers, so that none is waited for.
fn ask_ahead(ask: &str) {
    std::thread::spawn(|| std::io::copy(&mut &*system::wire(), &mut std::io::sink()));
    for number in 1.. {
        say(&format!("ask {number} {ask}\n"));
    }
}

/// In the guest's name, before the guest has looked at this library.
pub fn forge_ready(manifest: &str) {
    let text = manifest.replace('"', "\\\"").replace('\n', "\\n");
    say(&format!("ready 0 \"{text}\"\n"));
}

fn say(text: &str) {
    if system::wire().write_all(text.as_bytes()).is_err() {
        std::process::exit(0);
    }
}
