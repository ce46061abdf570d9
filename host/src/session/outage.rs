//! An outage: while a code is shown, the provider stops to answer, and later answers again.

use super::LoginSession;

impl LoginSession<'_> {
    /// Why the last request failed, if it did while a code was shown.
    pub fn outage(&self) -> Option<&str> {
        self.outage.as_deref()
    }

    /// Records whether the last request failed, and says so once when it changes: a person who waits for a code
    /// to be accepted sees nothing else.
    pub(super) fn record_outage(&mut self, why: Option<String>) {
        if !self.shows_code {
            return;
        }
        let name = self.entry.name();
        match (&self.outage, &why) {
            (None, Some(why)) => {
                self.terminal.say(&format!("{name} is not available: {why}. Still trying."));
            }
            (Some(_), None) => self.terminal.say(&format!("{name} answers again.")),
            _ => {}
        }
        self.outage = why;
    }
}
