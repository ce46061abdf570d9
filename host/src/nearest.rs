//! The name that a mistyped one most likely meant, for "Did you mean".

/// The part of a name that must be right: one of three characters may be wrong, two of five.
const ALIKE: f64 = 0.6;

/// The candidate that is most like `name`, in whatever case; of several alike the first. None where each
/// differs in more than two of five characters: then a suggestion would only distract.
pub fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .iter()
        .map(|it| (strsim::normalized_damerau_levenshtein(&name, &it.to_lowercase()), *it))
        .filter(|(alike, _)| *alike >= ALIKE)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, nearest)| nearest)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_one_that_is_mostly_typed_right() {
        let providers = ["Layer5", "None", "Tata Consulting"];
        let contexts = ["local", "Prod", "prod-eu", "dev", "dex"];
        for (candidates, name, meant) in [
            (&providers[..], "layr5", Some("Layer5")),
            (&providers, "Lyer5", Some("Layer5")),
            (&providers, "LAYER6", Some("Layer5")),
            (&providers, "layer 5", Some("Layer5")),
            (&providers, "nine", Some("None")),
            (&providers, "non", Some("None")),
            (&providers, "tata consultng", Some("Tata Consulting")),
            (&providers, "foo", None),
            (&providers, "tata", None),
            (&providers, "google", None),
            (&providers, "no", None),
            (&providers, "", None),
            (&contexts, "loacl", Some("local")),
            (&contexts, "lacol", Some("local")),
            (&contexts, "lacot", None),
            (&contexts, "prdo", Some("Prod")),
            (&contexts, "prod-us", Some("prod-eu")),
            (&contexts, "des", Some("dev")),
            (&contexts, "staging", None),
            (&[], "dev", None),
        ] {
            assert_eq!(nearest(name, candidates), meant, "{name:?}");
        }
    }
}
