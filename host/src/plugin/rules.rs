//! [`Rule`]: what a plugin must, should or could do, with the id that scripts read and what its author changes. docs/validate.md
//! has the same table.

/// How much a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// A plugin that breaks it does not work, or endangers the person.
    Must,
    /// A plugin that breaks it works, and annoys.
    Should,
    Nice,
}

impl Grade {
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Nice => "nice",
        }
    }
}

/// Declares the rules: for each its variant, id, grade, what holds, and what the author changes.
macro_rules! rules {
    ($($variant:ident $id:literal $grade:ident $holds:literal $change:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule { $(#[doc = $holds] $variant,)* }

        impl Rule {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Stable: it is never changed and never reused.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            pub fn grade(self) -> Grade {
                match self { $(Self::$variant => Grade::$grade,)* }
            }

            /// What holds for a sound plugin, without a full stop.
            pub fn holds(self) -> &'static str {
                match self { $(Self::$variant => $holds,)* }
            }

            /// What the author of one that breaks it changes.
            pub fn change(self) -> &'static str {
                match self { $(Self::$variant => $change,)* }
            }
        }
    };
}

rules! {
    ManifestSound "manifest-sound" Must
        "The manifest is valid and has no unknown field or action"
        "Correct provider.json. The test that `export_provider!` adds to the crate checks it too.",
    NameAllowed "name-allowed" Must
        "Neither the id nor the name looks like that of a built-in provider"
        "Choose another `id` or `name` in provider.json.",
    Loads "loads" Must
        "The library is loaded in the sandbox, and its constructors end"
        "Export the provider with `export_provider!`, link other libraries statically, and remove code that runs when the library is loaded.",
    LoadQuiet "load-quiet" Must
        "Nothing is done when the library is loaded: no denied system call, no thread, no output"
        "Move what runs when the library is loaded into the method of `Provider` that needs it.",
    ManifestSame "manifest-same" Must
        "The code reports the manifest that the file contains"
        "Build again; the manifest that `export_provider!` is given must not change at run time.",
    EndsInTime "ends-in-time" Must
        "Each action ends within the time limit, whatever its calls are answered"
        "Wait with `Session::sleep`, stop when a session call fails, and call `Session::check_cancelled` in a long computation.",
    NoCrash "no-crash" Must
        "No action ends the process"
        "Return a `Failure` instead; check pointers, recursion and `std::process::exit` in the code and its dependencies.",
    NoPanic "no-panic" Must
        "No action panics"
        "Return a `Failure` in place of `unwrap`, `expect`, an index or arithmetic that may fail.",
    MessagesValid "messages-valid" Must
        "The library sends the messages of the SDK and no others, and leaves standard error open"
        "Call the session only, and leave descriptors 1, 2 and 3 alone.",
    AsksKnown "asks-known" Must
        "Every session call is one that this interface has"
        "Make calls through `Session` of the SDK only.",
    AsksBounded "asks-bounded" Must
        "An action makes at most 1,000 calls, of 4 MiB in all and with at most 1 MiB of texts and URLs, and prints at most 100 lines"
        "Leave a loop when a call fails, wait between two polls with `Session::sleep`, and send what is long in the body of a request.",
    AnswerValid "answer-valid" Must
        "The answer of an action is valid: a `SignIn` with a token and at most 64 KiB of state, a text, or a `Failure`"
        "Return the value that the method of `Provider` has; keep `SignIn::stored_state` small.",
    MemoryBounded "memory-bounded" Must
        "An action runs within the 512 MiB of the sandbox"
        "Allocate less: an HTTP body has at most 1 MiB.",
    NothingDenied "nothing-denied" Must
        "The sandbox denies no system call"
        "Use `Session::fetch` and `Session::visit` for the network, settings and `SignIn::stored_state` for files, and start no program.",
    HostsDeclared "hosts-declared" Must
        "Every URL is https, or http on this computer, at a host that the manifest names"
        "Use an absolute https URL, and add its host to `hosts` in provider.json, or `{setting:KEY}` for the host of a setting.",
    CallsPermitted "calls-permitted" Must
        "Every session call keeps to its documented limits"
        "See the documentation of the call in `Session`.",
    TextPlain "text-plain" Must
        "Texts for a person, also an account, are one line each, without control and invisible characters, and not empty"
        "Pass plain sentences to `Session::tell`, `ask`, `choose` and `Failure`, and plain accounts, one line each; filter what a server sent.",
    SecretsKept "secrets-kept" Must
        "No token, stored state, secret setting, hidden answer or callback parameter is in a text for a person, in an account or in a URL"
        "Leave the value out of the message; send it in the body or a header of an `HttpRequest`.",
    StopsWhenCancelled "stops-when-cancelled" Must
        "After a call that failed with `cancelled` no other call is made, but `cancelled`, `check_cancelled` and `now`"
        "Pass the failure of a session call on with `?`.",
    ActionUnsupported "action-unsupported" Must
        "An action that the manifest does not name fails with `unsupported`"
        "Add the action to `actions` in provider.json, or remove its method.",
    RequestTolerant "request-tolerant" Must
        "Unknown members of a request change nothing"
        "Read the request with `Request` of the SDK, which ignores them.",
    AnswerTolerant "answer-tolerant" Must
        "Unknown members of a response and unknown parameters of a callback change nothing"
        "Read only the members that are needed; do not deny others, as serde's `deny_unknown_fields` does.",
    DenialRespected "denial-respected" Must
        "An action does not succeed after the browser came back with an error"
        "Look at `error` of the answer to `Session::visit` first, and return `Failure::denied` if it is there.",
    FailureFits "failure-fits" Must
        "No action fails with `internal`, which says that the plugin has a bug, and a failure names only settings of the manifest"
        "Declare in provider.json each setting that the code reads or names, and return the kind that fits: `invalid_answer` for an answer that cannot be used.",
    SettingsMissing "settings-missing" Must
        "Without its required settings an action ends with a failure"
        "Read a setting with `Settings::require`, and pass its failure on with `?`.",
    SignsIn "signs-in" Should
        "A login whose every call is answered ends with a sign-in"
        "See the failure. If only a real server or certain settings give what the plugin needs, set them with --set, or test it with a script of your own.",
    ActionsImplemented "actions-implemented" Should
        "No action that the manifest names fails with `unsupported`"
        "Implement the action, or remove it from `actions` in provider.json. If it depends on a setting, give it with --set.",
    Quiet "quiet" Should
        "An action writes nothing to standard output and standard error"
        "Remove prints and logs; tell the person with `Session::tell`.",
    CancelPrompt "cancel-prompt" Should
        "A login that is cancelled ends within 250 ms"
        "Return when a session call fails, without further work.",
    LogoutIdempotent "logout-idempotent" Should
        "A second logout with the same token ends without an internal failure"
        "Treat a token that the server does not know any more as revoked.",
    RefreshRotates "refresh-rotates" Should
        "A second refresh with the state of the first one succeeds"
        "Put the new refresh token into `SignIn::stored_state` of each refresh.",
    WhoamiRejected "whoami-rejected" Should
        "`whoami` fails with `rejected` when the server answers 401"
        "Return `Failure::rejected` for status 401.",
    WhoamiNoVerdict "whoami-no-verdict" Should
        "`whoami` gives no verdict when the server answers 500"
        "Return `Failure::invalid_answer`, or kind `unreachable`, for status 5xx.",
    NoGrowth "no-growth" Should
        "A hundred logins in one process need no more memory and threads than twenty, and all end alike"
        "Free what a login allocates: end its threads, close its descriptors, and keep nothing in statics.",
    Described "described" Nice
        "The manifest has a description and a publisher"
        "Fill `description` and `publisher` in provider.json.",
    SupportPage "support-page" Nice
        "The manifest names a page for help"
        "Give `support` in provider.json an https URL.",
    SettingsDescribed "settings-described" Nice
        "Every setting has a description"
        "Fill `description` of each setting in provider.json.",
    AccountGiven "account-given" Nice
        "A sign-in names the account"
        "Set `SignIn::account`, or return it from `whoami`.",
    ExpiryGiven "expiry-given" Nice
        "A sign-in says when the token expires"
        "Set `SignIn::expires_at` if the provider tells it.",
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_an_id_of_its_own_and_musts_come_first() {
        let ids: BTreeSet<&str> = Rule::ALL.iter().map(|it| it.id()).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        assert!(Rule::ALL.is_sorted_by_key(|it| it.grade()));
        for rule in Rule::ALL {
            let is_id = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(rule.id().chars().all(is_id), "{}", rule.id());
            assert!(!rule.holds().ends_with('.') && rule.change().ends_with('.'), "{}", rule.id());
        }
    }

    #[test]
    fn the_page_of_rules_has_each_rule_with_its_grade_and_what_its_author_changes() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/validate.md");
        let text = std::fs::read_to_string(page).unwrap();
        let row = |it: &Rule| {
            let (id, grade) = (it.id(), it.grade().name());
            format!("| `{id}` | {grade} | {} | {} |", it.holds(), it.change())
        };
        let table: Vec<String> = Rule::ALL.iter().map(row).collect();
        let (begin, end) = ("<!-- rules -->\n", "<!-- end -->");
        let head = "| rule | grade | what holds | what the author changes |\n|---|---|---|---|\n";
        let renewed = format!("{begin}{head}{}\n{end}", table.join("\n"));
        let (before, rest) = text.split_once(begin).unwrap();
        let (_, after) = rest.split_once(end).unwrap();
        let whole = format!("{before}{renewed}{after}");
        match std::env::var_os("RENEW_DOCS") {
            Some(_) => std::fs::write(page, whole).unwrap(),
            None => assert!(
                text == whole,
                "run: RENEW_DOCS=1 cargo test -p mesheryctl --lib page_of_rules"
            ),
        }
    }
}
