//! Where the built-in providers sign in. No plugin may connect there, or have its token saved under the name of the
//! provider that signs in there.

use std::sync::Arc;

use mesheryctl_core::manifest::{HostRule, Manifest};
use mesheryctl_core::provider::Settings;
use mesheryctl_providers::{BuiltIn, built_ins};
use reqwest::Url;

use crate::net::url::{base_url, is_loopback};
use crate::providers::configuration::Configuration;
use crate::providers::entry::{Source, installed};

/// The built-in provider that signs in at this URL: at its own host, whatever the port, or at the host and port that its
/// variable, a kept setting or the administrator's policy names.
pub fn owner(url: &Url, configuration: &Arc<Configuration>) -> Option<Manifest> {
    let owner = |it: &BuiltIn| {
        let manifest = Manifest::parse_built_in(it.manifest).ok()?;
        let entry = installed(manifest, Source::BuiltIn(it.provider), configuration);
        owns(&entry.manifest, &entry.settings, url).then_some(entry.manifest)
    };
    built_ins().iter().find_map(|it| owner(it))
}

/// `settings` are those without a flag.
fn owns(manifest: &Manifest, settings: &Settings, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    let default = |key: &str| {
        let setting = manifest.settings.iter().find(|it| it.key == key)?;
        base_url(setting.default.as_deref()?)?.host_str().map(str::to_owned)
    };
    manifest.hosts.iter().any(|rule| {
        rule.matches(host, default)
            || matches!(rule, HostRule::Setting(key)
                if settings.get(key).and_then(base_url).is_some_and(|own| is_same_place(&own, url)))
    })
}

/// The built-in provider that issued a token with this claim `iss`: its URL has a host of the provider, or one of the same
/// domain.
pub fn owner_of_issuer(issuer: &str, configuration: &Arc<Configuration>) -> Option<Manifest> {
    let issuer = Url::parse(issuer).ok()?;
    let host = issuer.host_str()?;
    owner(&issuer, configuration).or_else(|| {
        // `hydra.layer5.io` beside `cloud.layer5.io`.
        let domain = host.rsplitn(3, '.').take(2).collect::<Vec<_>>();
        let domain = format!("{}.{}", domain.get(1)?, domain[0]);
        let manifests =
            built_ins().into_iter().filter_map(|it| Manifest::parse_built_in(it.manifest).ok());
        manifests.into_iter().find(|it| {
            let defaults = it.settings.iter().filter_map(|setting| setting.default.as_deref());
            let mut hosts = defaults.filter_map(base_url);
            hosts.any(|url| url.host_str().is_some_and(|own| own.ends_with(&format!(".{domain}"))))
        })
    })
}

/// Whether both URLs lead to the same port of the same host. Every loopback address counts as one host.
fn is_same_place(own: &Url, url: &Url) -> bool {
    fn host(url: &Url) -> &str {
        let host = url.host_str().unwrap_or_default();
        host.strip_suffix('.').unwrap_or(host)
    }
    own.port_or_known_default() == url.port_or_known_default()
        && (host(own) == host(url) || (is_loopback(own) && is_loopback(url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn an_issuer_of_the_domain_of_a_built_in_provider_has_an_owner() {
        for (issuer, id) in [
            ("https://cloud.layer5.io/", Some("layer5")),
            ("https://hydra.layer5.io/hydra/", Some("layer5")),
            ("https://layer5.io", Some("layer5")),
            ("https://layer5.io.evil.example", None),
            ("https://notlayer5.io", None),
            ("https://id.acme.example", None),
            ("http://localhost:9100", None),
            ("layer5", None),
            ("", None),
        ] {
            assert_eq!(
                owner_of_issuer(issuer, &Arc::default()).map(|it| it.id).as_deref(),
                id,
                "{issuer}"
            );
        }
    }

    #[test]
    fn a_host_of_a_built_in_provider_has_an_owner_in_each_spelling() {
        for (text, id) in [
            ("https://cloud.layer5.io", Some("layer5")),
            ("https://cloud.layer5.io./x", Some("layer5")),
            ("https://CLOUD.layer5.io:8443", Some("layer5")),
            ("https://layer5.io", None),
            ("https://cloud.layer5.io.example.org", None),
            ("https://example.org", None),
            ("mailto:a@cloud.layer5.io", None),
        ] {
            assert_eq!(owner(&url(text), &Arc::default()).map(|it| it.id).as_deref(), id, "{text}");
        }
    }

    #[test]
    fn the_host_and_port_of_a_variable_belong_to_the_provider_besides_its_own_host() {
        let layer5 = built_ins().iter().find_map(|it| {
            Manifest::parse_built_in(it.manifest).ok().filter(|it| it.id == "layer5")
        });
        let layer5 = layer5.unwrap();
        for (variable, text, is) in [
            ("https://dev.example", "https://dev.example/login", true),
            ("https://dev.example", "https://dev.example.:443", true),
            ("https://dev.example", "https://dev.example:8443", false),
            ("https://dev.example:8443", "https://dev.example:8443", true),
            ("https://dev.example", "https://www.dev.example", false),
            ("https://dev.example", "https://cloud.layer5.io", true),
            ("http://localhost:9876", "http://127.0.0.1:9876/x", true),
            ("http://localhost:9876", "https://[::1]:9876", true),
            ("http://localhost:9876", "http://localhost:4000", false),
            ("", "https://dev.example", false),
        ] {
            let mut settings = Settings::default();
            settings.set("url", variable);
            assert_eq!(owns(&layer5, &settings, &url(text)), is, "{variable} {text}");
        }
    }
}
