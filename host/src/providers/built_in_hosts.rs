//! The hosts of the built-in providers. No plugin may connect to one of them, or have its token saved under the name of
//! the provider that one belongs to.

use mesheryctl_core::manifest::{HostRule, Manifest};
use mesheryctl_providers::built_ins;

use reqwest::Url;

use crate::net::url;

/// The built-in provider that this host belongs to, whatever the port.
pub fn owner(host: &str) -> Option<Manifest> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let built_ins = built_ins();
    let mut manifests =
        built_ins.iter().filter_map(|it| Manifest::parse_built_in(it.manifest).ok());
    manifests.find(|it| {
        let of_setting = |key: &str| {
            let setting = it.settings.iter().find(|setting| setting.key == key)?;
            url::base_url(setting.default.as_deref()?)?.host_str().map(str::to_owned)
        };
        it.hosts.iter().any(|rule: &HostRule| rule.matches(host, of_setting))
    })
}

/// The built-in provider that issued a token with this claim `iss`: its URL has a host of the provider, or one of the same
/// domain.
pub fn owner_of_issuer(issuer: &str) -> Option<Manifest> {
    let issuer = Url::parse(issuer).ok()?;
    let host = issuer.host_str()?;
    owner(host).or_else(|| {
        // `hydra.layer5.io` beside `cloud.layer5.io`.
        let domain = host.rsplitn(3, '.').take(2).collect::<Vec<_>>();
        let domain = format!("{}.{}", domain.get(1)?, domain[0]);
        let manifests =
            built_ins().into_iter().filter_map(|it| Manifest::parse_built_in(it.manifest).ok());
        manifests.into_iter().find(|it| {
            let defaults = it.settings.iter().filter_map(|setting| setting.default.as_deref());
            let mut hosts = defaults.filter_map(url::base_url);
            hosts.any(|url| url.host_str().is_some_and(|own| own.ends_with(&format!(".{domain}"))))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{owner, owner_of_issuer};

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
            assert_eq!(owner_of_issuer(issuer).map(|it| it.id).as_deref(), id, "{issuer}");
        }
    }

    #[test]
    fn a_host_of_a_built_in_provider_has_an_owner_in_each_spelling() {
        for (host, id) in [
            ("cloud.layer5.io", Some("layer5")),
            ("cloud.layer5.io.", Some("layer5")),
            ("layer5.io", None),
            ("cloud.layer5.io.example.org", None),
            ("example.org", None),
            ("", None),
        ] {
            assert_eq!(owner(host).map(|it| it.id).as_deref(), id, "{host}");
        }
    }
}
