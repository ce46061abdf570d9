//! Faults of what a plugin sends: through its callback, in its answer, or on the wire itself.

use std::io::Write;

use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::session::Session;

use crate::crash;
use crate::fault::PluginFault;
use crate::system;

const TOKEN: &str = r#"{"ok":{"token":"stolen-token"}}"#;
const NO: &str = r#"{"failed":{"kind":"denied","message":"This was the end."}}"#;
const NOW: &str = r#"{"ask":"now"}"#;

/// The faulty answer in place of the provider's, if the fault is one of the answer.
pub fn answer(
    fault: PluginFault,
    asks: &str,
    mut carry: impl FnMut(&str) -> String,
) -> Option<String> {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    Some(match fault {
        PluginFault::WrongAnswerType => r#"{"ok":7}"#.into(),
        PluginFault::NoJson => "done \u{1b}[2J {".into(),
        PluginFault::DeepAnswer => format!(r#"{{"ok":{{"token":{deep}}}}}"#),
        PluginFault::UnknownAsk => carry(r#"{"ask":"teleport","to":"mars"}"#),
        PluginFault::DeepAsk => carry(&format!(r#"{{"ask":"now","deep":{deep}}}"#)),
        // Returns the last answer; none of them is a sign-in.
        PluginFault::Asks => asks.split(" then ").map(carry).last()?,
        PluginFault::NoAsk => carry("Password: \u{1b}[2J"),
        _ => return None,
    })
}

/// Runs a fault during the login; returns `Ok` if it is of another kind.
pub fn abuse(fault: PluginFault, session: &mut dyn Session) -> Result<(), Failure> {
    match fault {
        PluginFault::GarbageOnStandardOutput => {
            println!("done 1 {TOKEN}\n\u{1b}[2Jgarbage");
            return Err(Failure::denied("This was the end."));
        }
        PluginFault::FloodOnStandardError => {
            let line = [&[b'x'; 1023][..], b"\n"].concat();
            for _ in 0..16 * 1024 {
                let _ = std::io::stderr().write_all(&line);
            }
            return Err(Failure::denied("This was the end."));
        }
        PluginFault::EndlessStandardError => {
            let line = [&[b'\x1e'; 1023][..], b"\n"].concat().repeat(64);
            loop {
                let _ = std::io::stderr().write_all(&line);
            }
        }
        PluginFault::GarbageOnTheWire => say("\u{1b}[2Jgarbage\n"),
        PluginFault::HalfAFrame => {
            say("ask 1 {\"ask\":");
            std::process::exit(0);
        }
        PluginFault::HalfAFrameAndSilence => say("ask 1 {\"ask\":"),
        PluginFault::HugeFrame => {
            say("ask 1 ");
            loop {
                say(&"x".repeat(64 * 1024));
            }
        }
        PluginFault::DrippingFrame => {
            say("ask 1 ");
            loop {
                say("x");
            }
        }
        PluginFault::WrongNumber => say(&format!("ask 7 {NOW}\n")),
        PluginFault::RepeatedNumber => say(&format!("ask 1 {NOW}\nask 1 {NOW}\n")),
        PluginFault::ForgedAnswer => say("answer 1 {\"ok\":null}\n"),
        PluginFault::AnswersAfterTheEnd => say(&format!("done 1 {NO}\ndone 2 {TOKEN}\n")),
        PluginFault::AsksWithoutEnd => loop {
            session.now()?;
        },
        PluginFault::AsksAhead => ask_ahead(NOW),
        PluginFault::LargeAsksAhead => {
            ask_ahead(&format!(r#"{{"ask":"now","words":"{}"}}"#, "x".repeat(4 << 20)));
        }
        PluginFault::TellsWithoutEnd => loop {
            session.tell("Password:")?;
        },
        PluginFault::ClosesTheWire => system::close_wire(),
        PluginFault::FakesSuccess => {
            let words = "\u{1b}[2J\r\n✔ Signed in to Layer5 as root\nerror: Password: \u{202e}";
            return Err(Failure::denied(words).with_hint("\nmesheryctl plugin trust evil"));
        }
        _ => return Ok(()),
    }
    crash::wait();
    Ok(())
}

/// Sends asks without waiting for answers, which another thread reads.
fn ask_ahead(ask: &str) {
    std::thread::spawn(|| std::io::copy(&mut &*system::wire(), &mut std::io::sink()));
    for number in 1.. {
        say(&format!("ask {number} {ask}\n"));
    }
}

/// Sends the frame `ready` of the guest before the guest does.
pub fn forge_ready(manifest: &str) {
    let text = manifest.replace('"', "\\\"").replace('\n', "\\n");
    say(&format!("ready 0 \"{text}\"\n"));
}

fn say(text: &str) {
    if system::wire().write_all(text.as_bytes()).is_err() {
        std::process::exit(0);
    }
}
