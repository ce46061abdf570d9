//! The trust gate: turns a discovered file into a [`Plugin`] once the person trusts its bytes.

use std::fmt;
use std::path::{Path, PathBuf};

use mesheryctl_core::manifest::{HostRule, Manifest};

use super::store::Trust;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::plugin::Plugin;
use crate::plugin::isolation::Isolation;
use crate::plugin::library::Library;
use crate::storage::administration::POLICY_FILE;
use crate::storage::home::Home;
use crate::terminal::Terminal;
use crate::terminal::{layout, prompt};
use crate::text::{Line, Name, Version};

/// Whether a plugin is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustStatus {
    Trusted,
    /// The administrator's policy allows it, and alone decides.
    TrustedByPolicy,
    /// The administrator's policy does not allow it.
    Forbidden,
    New,
    /// Another version of the file was trusted, with the SHA-256 `from`.
    Changed {
        from: String,
    },
}

impl TrustStatus {
    pub fn of(trust: &Trust, id: &str, sha256: &str) -> Self {
        if trust.forbids(sha256) {
            return Self::Forbidden;
        }
        if trust.is_of_administrator() {
            return Self::TrustedByPolicy;
        }
        match trust.of(id) {
            Some(_) if trust.allows(id, sha256) => Self::Trusted,
            Some(allowed) => {
                Self::Changed { from: allowed.sha256.first().cloned().unwrap_or_default() }
            }
            None => Self::New,
        }
    }
}

impl fmt::Display for TrustStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trusted => f.write_str("trusted"),
            Self::TrustedByPolicy => write!(f, "trusted by {POLICY_FILE}"),
            Self::Forbidden => write!(f, "not allowed by {POLICY_FILE}"),
            Self::New => f.write_str("not trusted"),
            Self::Changed { .. } => f.write_str("changed since it was trusted"),
        }
    }
}

/// What a plugin may do once it is trusted, as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Where it may connect.
    pub hosts: Vec<String>,
    /// Where the provider of a Meshery Server is that it stands for.
    pub meshery_provider: Option<String>,
}

impl Reach {
    /// `of_setting` shows the host of the URL that the setting with this key holds.
    pub fn of(manifest: &Manifest, of_setting: impl Fn(&str) -> String) -> Self {
        let shown = |rule: &HostRule| match rule {
            HostRule::Setting(key) => of_setting(key),
            rule => rule.to_string(),
        };
        let meshery_provider = manifest.meshery_provider.as_ref().map(|it| {
            match it.strip_prefix("{setting:").and_then(|it| it.strip_suffix('}')) {
                Some(key) => of_setting(key),
                None => it.clone(),
            }
        });
        Self { hosts: manifest.hosts.iter().map(shown).collect(), meshery_provider }
    }
}

/// What happens to a plugin that is to run.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Run,
    Ask,
    Untrusted,
    WithoutSandbox,
    Forbidden,
    Changed { from: String },
}

impl Decision {
    /// `agreed` is whether there is a sandbox, or the person allowed the plugin to run without one. A changed file is
    /// never asked about: the change may be an attack that expects a quick yes.
    fn of(status: TrustStatus, agreed: bool, can_prompt: bool) -> Self {
        match status {
            TrustStatus::Trusted | TrustStatus::TrustedByPolicy if agreed => Self::Run,
            TrustStatus::Forbidden => Self::Forbidden,
            TrustStatus::Trusted | TrustStatus::New if can_prompt => Self::Ask,
            TrustStatus::Trusted | TrustStatus::TrustedByPolicy => Self::WithoutSandbox,
            TrustStatus::New => Self::Untrusted,
            TrustStatus::Changed { from } => Self::Changed { from },
        }
    }
}

/// A plugin that was read and is not yet checked against the trusted ones.
pub struct Candidate {
    pub path: PathBuf,
    pub library: Library,
    pub manifest: Manifest,
    json: String,
}

impl Candidate {
    /// # Errors
    /// `plugin_unusable`, also when the manifest differs from the listed one.
    pub fn read(path: &Path, listed: &Manifest) -> Result<Self> {
        Self::of(path, Library::read(path), listed)
    }

    /// As [`Candidate::read`], of a library that was read before.
    pub fn of(
        path: &Path,
        library: std::result::Result<Library, String>,
        listed: &Manifest,
    ) -> Result<Self> {
        let unusable = |why: String| {
            let name = &listed.name;
            Error::new(Code::PluginUnusable, format!("The plugin {name} cannot be used: {why}."))
                .nothing_changed()
                .next(Suggestion::new("List plugins", "mesheryctl plugin list"))
        };
        let library = library.map_err(unusable)?;
        let json = library.manifest().map_err(unusable)?;
        match Manifest::parse(&json) {
            Ok(manifest) if manifest == *listed => {
                Ok(Self { path: path.to_owned(), library, manifest, json })
            }
            _ => Err(unusable("its file changed while it was read".into())),
        }
    }

    /// # Errors
    /// `plugin_changed`, if other bytes are trusted.
    pub fn check_unchanged(&self, trust: &Trust) -> Result<()> {
        match TrustStatus::of(trust, &self.manifest.id, &self.library.sha256) {
            TrustStatus::Changed { from } => Err(self.changed(&from)),
            _ => Ok(()),
        }
    }

    /// Returns the plugin if exactly these bytes are trusted. On a terminal it asks if the plugin is new, or was
    /// trusted only for a sandbox that is missing here.
    ///
    /// # Errors
    /// `plugin_untrusted`, `plugin_changed`, `plugin_not_allowed`, `plugin_without_sandbox`, `plugin_unusable`, and those of
    /// [`Trust`].
    pub fn admit(
        self,
        reach: &Reach,
        home: &Home,
        terminal: &Terminal,
    ) -> Result<(Plugin, Vec<HostRule>)> {
        let trust = Trust::load(home)?;
        let isolation = Isolation::here();
        let agreed = isolation.is_sandbox() || trust.allows_without_sandbox(&self.manifest.id);
        let status = TrustStatus::of(&trust, &self.manifest.id, &self.library.sha256);
        let by_policy = status == TrustStatus::TrustedByPolicy;
        match Decision::of(status, agreed, terminal.can_prompt()) {
            Decision::Run if by_policy => {
                let name = &self.manifest.name;
                terminal.say(&format!("The plugin {name} is trusted by {POLICY_FILE}."));
            }
            Decision::Run => {}
            Decision::Ask => {
                self.ask(reach, isolation, home, terminal)?;
                Trust::allow(home, &self.manifest.id, &self.library.sha256, &[], isolation)?;
            }
            Decision::Untrusted => {
                return Err(self.untrusted(terminal.no_prompt_reason().unwrap_or_default()));
            }
            Decision::WithoutSandbox => {
                return Err(self.without_sandbox(isolation, trust.is_of_administrator()));
            }
            Decision::Forbidden => return Err(self.forbidden()),
            Decision::Changed { from } => return Err(self.changed(&from)),
        }
        self.sealed(&trust, isolation)
    }

    /// Returns the plugin if exactly these bytes are trusted to run here. Nothing is asked.
    pub fn admit_silently(self, home: &Home) -> Option<(Plugin, Vec<HostRule>)> {
        let trust = Trust::load(home).ok()?;
        let isolation = Isolation::here();
        let agreed = isolation.is_sandbox() || trust.allows_without_sandbox(&self.manifest.id);
        let status = TrustStatus::of(&trust, &self.manifest.id, &self.library.sha256);
        let may_run = Decision::of(status, agreed, false) == Decision::Run;
        may_run.then(|| self.sealed(&trust, isolation).ok()).flatten()
    }

    /// The plugin in sealed memory, and the hosts that the person allowed.
    fn sealed(self, trust: &Trust, isolation: Isolation) -> Result<(Plugin, Vec<HostRule>)> {
        let allowed = trust.of(&self.manifest.id).map(|it| it.hosts.clone()).unwrap_or_default();
        let allowed = allowed.into_iter().filter_map(|it| HostRule::try_from(it).ok()).collect();
        let library = self.library.seal().map_err(|error| {
            Error::new(Code::PluginUnusable, format!("Cannot load the plugin safely: {error}."))
                .nothing_changed()
        })?;
        Ok((Plugin::new(self.manifest, self.json, library, isolation), allowed))
    }

    /// Asks the person to trust the plugin. `--yes` does not answer it: a script would trust any file placed in the
    /// directory.
    ///
    /// # Errors
    /// `plugin_untrusted` for any answer but yes.
    pub fn ask(
        &self,
        reach: &Reach,
        isolation: Isolation,
        home: &Home,
        terminal: &Terminal,
    ) -> Result<()> {
        let Manifest { name, version, publisher, .. } = &self.manifest;
        let version = Version::new(version).delimited();
        // Nobody verified it.
        let publisher = Name::new(publisher).quoted();
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        let inspect = Command::from("mesheryctl plugin inspect").value(file.to_string());
        let hosts = host_list(&reach.hosts, &inspect);
        let file = Line::new(home.short(&self.path));
        let mut about = vec![
            format!(
                "{name} {version} is a third-party plugin. Its publisher calls itself {publisher}."
            ),
            format!("  {file}   SHA-256 {}", short(&self.library.sha256)),
            format!("  It may connect to: {hosts}. {}", isolation.description()),
        ];
        if let Some(place) = &reach.meshery_provider {
            let place = Line::new(place);
            about.push(format!(
                "  It stands for the Meshery provider at {place}, and receives its tokens."
            ));
        }
        let agrees = prompt::confirm(&about, "Trust it?", terminal)?;
        if agrees { Ok(()) } else { Err(self.declined()) }
    }

    fn declined(&self) -> Error {
        let name = &self.manifest.name;
        Error::new(Code::PluginUntrusted, format!("The plugin {name} was not trusted."))
            .nothing_changed()
            .next(Suggestion::new("Choose another provider", "mesheryctl system login"))
    }

    /// `why` is the reason why no question can be asked.
    fn untrusted(&self, why: &str) -> Error {
        let Manifest { name, id, .. } = &self.manifest;
        let sha256 = &self.library.sha256;
        Error::new(
            Code::PluginUntrusted,
            format!("The plugin {name} is not trusted, and mesheryctl cannot ask here: {why}."),
        )
        .nothing_changed()
        .next(Suggestion::new("If you trust it", trust(id).literal("--sha256").value(sha256)))
    }

    /// The administrator's policy does not allow it.
    pub fn forbidden(&self) -> Error {
        let (name, sha256) = (&self.manifest.name, &self.library.sha256);
        let message =
            format!("The plugin {name} (SHA-256 {sha256}) is not allowed by {POLICY_FILE}.");
        Error::new(Code::PluginNotAllowed, message)
            .nothing_changed()
            .next(Suggestion::new("See which plugins may run", "mesheryctl plugin list"))
    }

    /// The plugin was trusted to run in a sandbox, and here it would run without one.
    fn without_sandbox(&self, isolation: Isolation, is_of_administrator: bool) -> Error {
        let Manifest { name, id, .. } = &self.manifest;
        let (sha256, layers) = (&self.library.sha256, isolation.layers());
        let message = format!(
            "The plugin {name} was trusted to run in a sandbox, and this system has no sandbox ({layers})."
        );
        let error = Error::new(Code::PluginWithoutSandbox, message).nothing_changed();
        let trust = trust(id).literal("--sha256").value(sha256);
        match is_of_administrator {
            true => error,
            false => error.next(Suggestion::new("To run it without a sandbox", trust)),
        }
    }

    fn changed(&self, from: &str) -> Error {
        let Manifest { name, id, .. } = &self.manifest;
        let to = short(&self.library.sha256);
        let from = short(from);
        Error::new(
            Code::PluginChanged,
            format!("The plugin {name} changed since you trusted it (SHA-256 {from} is now {to})."),
        )
        .nothing_changed()
        .next(Suggestion::new("If you updated it", trust(id)))
    }
}

/// The hosts that fit on the line, then the count of the others: the prompt must not hide hosts without a trace.
fn host_list(hosts: &[String], inspect: &Command) -> String {
    if hosts.is_empty() {
        return "no host".to_owned();
    }
    let mut text = String::new();
    for (index, host) in hosts.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        if text.len() + comma.len() + host.len() > 200 {
            let more = hosts.len() - index;
            let inspect = layout::unbreakable(&inspect.to_string());
            return format!("{text}{comma}and {more} more ({inspect})");
        }
        text.push_str(comma);
        text.push_str(&Line::new(host).to_string());
    }
    text
}

fn trust(id: &str) -> Command {
    Command::from("mesheryctl plugin trust").value(id)
}

/// Shortens a hash for display, as in `3f9c…21ab`.
pub fn short(sha256: &str) -> String {
    match (sha256.get(..4), sha256.get(sha256.len().saturating_sub(4)..)) {
        (Some(first), Some(last)) => format!("{first}…{last}"),
        _ => sha256.to_owned(),
    }
}

#[cfg(test)]
mod tests;
