//! The known name that is most similar to a mistyped one, for "Did you mean".

/// The smallest similarity: one of three characters may differ, or two of five.
const MIN_SIMILARITY: f64 = 0.6;

/// The candidate that is most similar to `name`, ignoring case; the first if several are equal. `None` if all
/// differ too much, since such a suggestion would only distract.
pub fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .iter()
        .map(|it| (strsim::normalized_damerau_levenshtein(&name, &it.to_lowercase()), *it))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, nearest)| nearest)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_differs_in_at_most_two_of_five_characters() {
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
            (&contexts, "prod-e", Some("prod-eu")),
            (&["prod-eu", "Prod"], "prod-e", Some("prod-eu")),
            (&contexts, "des", Some("dev")),
            (&contexts, "staging", None),
            (&[], "dev", None),
        ] {
            assert_eq!(nearest(name, candidates), meant, "{name:?}");
        }
    }
}
