//! No circles between the top-level modules of a crate, its root among them: of two modules at most one uses the
//! other, directly or by way of others. What two modules share belongs in one below them, and what chooses among
//! modules in one above them. Tests are free.

mod paths;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::shell::{command, read, root};

/// The modules that may still be in circles, by crate. Only ever made shorter.
const STILL: &[(&str, &[&str])] = &[];

/// For each module those that it uses, and the files that do it.
type Graph = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The circles in the crates as they are.
pub fn broken() -> Result<Vec<String>, String> {
    let listing = read(command(
        "git",
        "ls-files --cached --others --exclude-standard -- *.rs",
    ))?;
    let mut crates: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    for path in listing.lines() {
        let Some((folder, file)) = path.split_once("/src/") else {
            continue;
        };
        // A file that was deleted but not yet committed is listed and cannot be read.
        if let Ok(text) = std::fs::read_to_string(root().join(path)) {
            crates.entry(folder).or_default().push((file, text));
        }
    }
    let unknown = STILL.iter().filter(|(name, _)| !crates.contains_key(name));
    let mut broken: Vec<String> = unknown
        .map(|(name, _)| format!("{name}: is no crate; take it off the list {HERE}"))
        .collect();
    for (folder, files) in &crates {
        let still = STILL.iter().find(|(name, _)| name == folder);
        let still = still.map_or(&[][..], |(_, still)| still);
        broken.extend(judge(folder, &graph(files), still));
    }
    Ok(broken)
}

const HERE: &str = "(xtask/src/circles.rs)";

/// The modules of a crate from its files, which are named from its `src`.
fn graph(files: &[(&str, String)]) -> Graph {
    let is_root = |path: &[&str]| matches!(path, ["lib" | "main"]);
    let files: Vec<(&str, Vec<&str>, &str)> = (files.iter())
        .map(|(file, text)| (*file, module(file), text.as_str()))
        .collect();
    let modules: BTreeSet<&str> = (files.iter())
        .filter(|(_, path, _)| !is_root(path))
        .filter_map(|(_, path, _)| path.first().copied())
        .collect();
    let mut passed_on: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::new();
    let mut tests: BTreeSet<Vec<String>> = BTreeSet::new();
    for (file, path, text) in &files {
        let (named, parents) = if is_root(path) {
            let (mut named, all) = paths::named_by_root(text);
            let ours = all.into_iter().filter(|(m, _)| modules.contains(&**m));
            passed_on.extend(ours.map(|(module, name)| (name, module)));
            // A path of the root that begins with another word leads out of the crate.
            named.names.retain(|(name, _)| modules.contains(&**name));
            (named, &[][..])
        } else {
            (paths::named(text, path.len()), &path[..])
        };
        for test in named.tests {
            let parents = parents.iter().map(ToString::to_string);
            tests.insert(parents.chain([test]).collect());
        }
        found.push((*file, path, named.names));
    }
    let is_library = files.iter().any(|(_, path, _)| path == &["lib"]);
    let root = if is_library { "lib" } else { "main" };
    let mut graph = Graph::new();
    for (file, path, names) in found {
        let is_test =
            path.contains(&"tests") || (1..=path.len()).any(|n| tests.contains(&owned(&path[..n])));
        let Some(from) = path.first().filter(|_| !is_test) else {
            continue;
        };
        for (name, goes_on) in &names {
            let module = modules.get(name.as_str()).copied();
            let passed = passed_on.get(name).map(String::as_str);
            let to: Vec<&str> = match (module, passed) {
                _ if name == "*" => passed_on.values().map(String::as_str).collect(),
                (Some(module), _) if *goes_on => vec![module],
                (None, None) => vec![root],
                (module, passed) => module.into_iter().chain(passed).collect(),
            };
            for to in to.into_iter().filter(|to| to != from) {
                let uses = graph.entry((*from).to_owned()).or_default();
                uses.entry(to.to_owned())
                    .or_default()
                    .insert(file.to_owned());
            }
        }
    }
    graph
}

/// The path of the module that a file holds.
fn module(file: &str) -> Vec<&str> {
    let mut path: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if path.len() > 1 && path.last() == Some(&"mod") {
        path.pop();
    }
    path
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(ToString::to_string).collect()
}

/// The circles of a crate through modules that are not in `still`, and the modules there that are in none.
fn judge(folder: &str, graph: &Graph, still: &[&str]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut seen = BTreeSet::new();
    for module in graph.keys().filter(|m| !still.contains(&m.as_str())) {
        let Some(circle) = circle(graph, module) else {
            continue;
        };
        let members: BTreeSet<&str> = circle.iter().copied().collect();
        if seen.insert(members) {
            broken.push(format!("{folder}: {}", told(graph, &circle)));
        }
    }
    for module in still {
        if circle(graph, module).is_none() {
            broken.push(format!(
                "{folder}: {module} is in no circle any more; take it off the list {HERE}"
            ));
        }
    }
    broken
}

/// The shortest way from `module` back to it, without its end.
fn circle<'a>(graph: &'a Graph, module: &'a str) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![module]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let uses = way.last().and_then(|last| graph.get(*last));
        for to in uses.into_iter().flat_map(BTreeMap::keys) {
            if to == module {
                return Some(way);
            }
            if seen.insert(to) {
                let mut longer = way.clone();
                longer.push(to);
                ways.push_back(longer);
            }
        }
    }
    None
}

/// A circle in words, with the files that close it.
fn told(graph: &Graph, circle: &[&str]) -> String {
    let arrows: Vec<String> = (circle.iter().enumerate())
        .map(|(at, from)| {
            let to = circle[(at + 1) % circle.len()];
            let files = graph.get(*from).and_then(|uses| uses.get(to));
            let files: Vec<&str> = files.into_iter().flatten().map(String::as_str).collect();
            format!("{from} uses {to} in {}", files.join(" and "))
        })
        .collect();
    format!("a circle of modules: {}", arrows.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files<'a>(all: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
        let file = |(file, text): &(&'a str, &str)| (*file, (*text).to_owned());
        all.iter().map(file).collect()
    }

    #[test]
    fn a_circle_is_named_with_its_files() {
        let graph = graph(&files(&[
            ("lib.rs", "mod a; mod b; mod c; pub use a::X;"),
            ("a.rs", "use crate::b::Y; pub struct X(Y);"),
            ("b/mod.rs", "mod deep; pub struct Y;"),
            ("b/deep.rs", "use crate::X;"),
            ("c.rs", "use crate::{a, b};"),
        ]));
        let found = judge("crates/made", &graph, &[]);
        assert_eq!(
            found,
            ["crates/made: a circle of modules: a uses b in a.rs, b uses a in b/deep.rs"]
        );
        assert!(judge("crates/made", &graph, &["a", "b"]).is_empty());
        assert_eq!(judge("crates/made", &graph, &["a"]).len(), 1);
    }

    #[test]
    fn a_long_circle_is_one_circle() {
        let graph = graph(&files(&[
            ("main.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b;"),
            ("b.rs", "use super::c;"),
            ("c.rs", "use crate::a;"),
        ]));
        assert_eq!(judge("crates/made", &graph, &[]).len(), 1);
        assert_eq!(judge("crates/made", &graph, &["a", "b"]).len(), 1);
    }

    #[test]
    fn a_root_that_uses_what_uses_it_closes_a_circle() {
        let graph = graph(&files(&[
            ("lib.rs", "mod a; pub struct X; fn f() { a::g() }"),
            ("a.rs", "use crate::X;"),
        ]));
        let found = judge("crates/made", &graph, &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("lib uses a in lib.rs"), "{found:?}");
    }

    #[test]
    fn arrows_down_and_tests_are_no_circle() {
        let graph = graph(&files(&[
            (
                "lib.rs",
                "mod a; mod b; pub use b::Y; #[cfg(test)] mod planted;",
            ),
            ("a.rs", "use crate::Y; mod part { use super::super::b; }"),
            ("b.rs", "mod part; #[cfg(test)] mod tests { use crate::a; }"),
            ("b/part.rs", "use super::Y; #[cfg(test)] mod big;"),
            ("b/part/big.rs", "use crate::a;"),
            ("b/tests.rs", "use crate::a;"),
            ("planted.rs", "use crate::{a, b};"),
        ]));
        assert!(judge("crates/made", &graph, &[]).is_empty(), "{graph:?}");
    }

    #[test]
    fn a_module_that_left_its_circle_is_to_leave_the_list() {
        let graph = graph(&files(&[("lib.rs", "mod a;"), ("a.rs", "")]));
        let found = judge("crates/made", &graph, &["a"]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("a is in no circle any more"), "{found:?}");
    }
}
