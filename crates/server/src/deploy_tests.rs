//! What the container files promise: no privileges, no capabilities, a read-only root, bounds on memory and processes,
//! and images that can be pinned by digest.
#![allow(clippy::unwrap_used)]

const COMPOSE: &str = include_str!("../../../deploy/compose.yaml");
const CONTAINERFILE: &str = include_str!("../../../deploy/Containerfile");

fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The lines below one that begins so, without their indentation; none where there is no such line.
fn below(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    let head = lines.find(|line| line.trim_start().starts_with(&format!("{name}:")))?;
    let all = lines.take_while(|line| line.trim().is_empty() || depth(line) > depth(head));
    Some(all.collect::<Vec<_>>().join("\n"))
}

/// The value on the line of a name, at this depth.
fn value<'t>(text: &'t str, at: usize, name: &str) -> Option<&'t str> {
    let mut lines = text.lines().filter(|line| depth(line) == at);
    lines
        .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}

/// Services by name, with what they share with others.
fn services() -> Vec<(String, String)> {
    let shared = below(COMPOSE, "x-verdancy")
        .unwrap()
        .replace("\n  ", "\n    ");
    let all = below(COMPOSE, "services").unwrap();
    let names = all
        .lines()
        .filter(|line| depth(line) == 2 && line.trim_end().ends_with(':'));
    names
        .map(|line| line.trim().trim_end_matches(':').to_owned())
        .map(|name| {
            let own = below(&all, &name).unwrap();
            let more = if own.contains("<<: *verdancy") {
                &*shared
            } else {
                ""
            };
            (name, format!("{own}\n  {}", more.trim_start_matches('\n')))
        })
        .collect()
}

#[test]
fn containers_have_no_privileges_and_bounds() {
    let services = services();
    let names: Vec<&str> = services.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["database", "serve", "worker"]);
    for (name, text) in &services {
        let is = |what: &str| value(text, 4, what).unwrap_or_else(|| panic!("{name}: {what}"));
        assert_eq!(is("cap_drop"), "[ALL]", "{name}");
        assert_eq!(is("security_opt"), "[\"no-new-privileges:true\"]", "{name}");
        assert_eq!(is("read_only"), "true", "{name}");
        assert!(is("pids_limit").parse::<u32>().unwrap() <= 512, "{name}");
        assert!(is("mem_limit").ends_with('g'), "{name}");
        for no in ["privileged", "network_mode", "pid", "devices", "cap_add"] {
            let found = value(text, 4, no);
            // What the image of PostgreSQL needs to hand its folder over.
            let fine = no == "cap_add" && name == "database";
            assert!(found.is_none() || fine, "{name}: {no}");
        }
        assert!(!text.contains("docker.sock"), "{name}");
    }
    let user = |name: &str| services.iter().find(|(n, _)| n == name).unwrap().1.clone();
    for name in ["serve", "worker"] {
        assert_eq!(value(&user(name), 4, "user"), Some("\"65532:65532\""));
    }
    // Ports are open to this machine only, and the database's network leads nowhere.
    for line in COMPOSE
        .lines()
        .filter(|line| line.trim().starts_with("- \"") && line.contains("8080"))
    {
        assert!(line.contains("\"127.0.0.1:"), "{line}");
    }
    let networks = COMPOSE.rsplit_once("\nnetworks:").unwrap().1;
    let inside = below(networks, "inside").unwrap();
    assert!(inside.contains("internal: true"));
}

#[test]
fn images_can_be_pinned_and_no_secret_is_in_a_file() {
    for line in COMPOSE.lines().map(str::trim) {
        if let Some(image) = line.strip_prefix("image: ") {
            assert!(image == "verdancy" || image.starts_with("${"), "{line}");
        }
        if line.contains("PASSWORD") {
            assert!(
                line.contains("${VERDANCY_DB_PASSWORD:?") || line.starts_with('#'),
                "{line}"
            );
        }
    }
    let froms: Vec<&str> = CONTAINERFILE
        .lines()
        .filter_map(|line| line.strip_prefix("FROM "))
        .collect();
    assert_eq!(froms, ["${RUST_IMAGE} AS build", "scratch"]);
    let user = CONTAINERFILE.lines().find(|line| line.starts_with("USER "));
    assert_eq!(user, Some("USER 65532:65532"));
    assert!(CONTAINERFILE.contains("--locked"));
}
