//! The hosts of the built-in providers. No plugin may connect to one of them, or have its token saved under the name of
//! the provider that one belongs to.

use mesheryctl_core::manifest::{HostRule, Manifest};
use mesheryctl_providers::built_ins;

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

#[cfg(test)]
mod tests {
    use super::owner;

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
