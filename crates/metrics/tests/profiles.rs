//! Profiles and the page of metrics.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use verdancy_metrics::{Limit, Profile, cards, markdown};

#[test]
fn shipped_profiles_load_and_get_stricter() {
    let load = |name: &str| Profile::load(name).unwrap();
    let (research, standard, strict) = (load("research"), load("standard"), load("strict"));
    assert_eq!(
        Profile::names().collect::<Vec<_>>(),
        ["standard", "strict", "research"]
    );
    assert_eq!(standard.gates["ks_mean"], Limit::Max(0.10));
    assert_eq!(standard.gates["rows"], Limit::Min(100.0));
    for (id, limit) in &standard.gates {
        match (research.gates[id], *limit, strict.gates[id]) {
            (Limit::Max(a), Limit::Max(b), Limit::Max(c)) => assert!(a > b && b > c, "{id}"),
            (Limit::Min(a), Limit::Min(b), Limit::Min(c)) => assert!(a < b && b < c, "{id}"),
            _ => panic!("{id}"),
        }
    }
}

#[test]
fn a_profile_of_ones_own() {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(
        file.path(),
        "name = \"ours\"\n[gates]\ntv_mean = { max = 1 }\n",
    )
    .unwrap();
    let profile = Profile::load(file.path().to_str().unwrap()).unwrap();
    assert_eq!(
        (profile.name.as_str(), profile.gates["tv_mean"]),
        ("ours", Limit::Max(1.0))
    );
}

#[test]
fn mistakes_are_told_with_remedies() {
    let told = |text: &str| {
        let e = Profile::parse(text).unwrap_err();
        (e.code, e.place.line, e.remedy)
    };
    let gates = |line: &str| told(&format!("name = \"x\"\n[gates]\n{line}\n"));

    let (code, line, remedy) = gates("ks_maen = { max = 0.1 }");
    assert_eq!((code, line), ("metrics/unknown-metric", Some(3)));
    assert!(
        remedy.starts_with("Known metrics are ks_mean, "),
        "{remedy}"
    );

    let (code, line, remedy) = gates("ks_mean = { min = 0.1 }");
    assert_eq!((code, line), ("metrics/profile-limit", Some(3)));
    assert!(remedy.contains("ks_mean = { max = 0.1 }"));

    assert_eq!(gates("ks_mean = { max = nan }").0, "metrics/profile-limit");
    assert_eq!(gates("ks_mean = 0.1").0, "metrics/profile-syntax");
    assert_eq!(gates("ks_mean = { max = }").1, Some(3));
    assert_eq!(told("[gates]\n").0, "metrics/profile-syntax");

    let e = Profile::load("strct").unwrap_err();
    assert_eq!(e.code, "metrics/unknown-profile");
    assert!(e.remedy.starts_with("Use one of strict, "), "{}", e.remedy);
    assert_eq!(
        Profile::load("no/such.toml").unwrap_err().code,
        "metrics/unknown-profile"
    );
    let folder = tempfile::tempdir().unwrap();
    let e = Profile::load(folder.path().to_str().unwrap()).unwrap_err();
    assert_eq!(e.code, "metrics/profile-unreadable");
}

#[test]
fn cards_are_whole_and_the_page_is_fresh() {
    let mut ids: Vec<&str> = cards().iter().map(|c| c.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), cards().len());
    for c in cards() {
        assert!(c.range.0 < c.range.1 && !c.formula.is_empty() && !c.blind.is_empty());
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::fs::write(path, markdown()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == markdown(),
        "docs/metrics.md is stale: run this test with UPDATE=1"
    );
}
