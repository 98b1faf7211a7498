//! What a source file names of its own crate: paths that begin with `crate`, or climb to the crate's root with `super`.
//! The text is cut into tokens, not parsed; comments, literals and tests are left out.

use std::collections::BTreeSet;

/// What a file names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Names of the crate's root, `*` for all of them; true where a path goes on behind the name, which then is a
    /// module's, and not that of something which the root defines or passes on.
    pub names: BTreeSet<(String, bool)>,
    /// Modules in files of their own that are compiled for tests alone.
    pub tests: Vec<String>,
}

/// What the file of the module `depth` levels below the root names of that root.
pub fn named(text: &str, depth: usize) -> Named {
    let (tokens, tests) = without_tests(&tokens(text));
    let mut names = BTreeSet::new();
    climb(&tokens, depth, &mut names);
    Named { names, tests }
}

/// What the file of the root itself names, and what it passes on: pairs of a first segment and a name.
pub fn named_by_root(text: &str) -> (Named, Vec<(String, String)>) {
    let (tokens, tests) = without_tests(&tokens(text));
    let mut names = BTreeSet::new();
    let mut passed_on = Vec::new();
    let mut rest = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at];
        if token == "use" {
            leaves(&tokens, at + 1, None, &mut passed_on);
            // What is only passed on is not used.
            if matches!(before(&tokens, at), "pub" | ")") {
                at = end_of_statement(&tokens, at);
                continue;
            }
        }
        rest.push(token);
        at += 1;
    }
    climb(&rest, 0, &mut names);
    for at in 0..rest.len() {
        let begins = before(&rest, at) != "::" && rest.get(at + 1) == Some(&"::");
        if begins && is_word(rest[at]) {
            names.insert((rest[at].to_owned(), true));
        }
    }
    (Named { names, tests }, passed_on)
}

/// Collects the names of the root that the paths of a module's text lead to.
fn climb(tokens: &[&str], depth: usize, names: &mut BTreeSet<(String, bool)>) {
    let mut open = 0_usize;
    // The braces in which inline modules stand.
    let mut inline = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "{" => {
                open += 1;
                let name = at.checked_sub(1).map_or("", |at| tokens[at]);
                if is_word(name) && at >= 2 && tokens[at - 2] == "mod" {
                    inline.push(open);
                }
            }
            "}" => {
                if inline.last() == Some(&open) {
                    inline.pop();
                }
                open = open.saturating_sub(1);
            }
            "crate" | "super" if tokens.get(at + 1) == Some(&"::") => {
                let inside = before(tokens, at) == "::" && before(tokens, at - 1) != "self";
                let level = match *token {
                    "crate" => Some(0),
                    _ => (depth + inline.len()).checked_sub(1),
                };
                if let (false, Some(level)) = (inside, level) {
                    follow(tokens, at + 2, level, names);
                }
            }
            _ => {}
        }
    }
}

/// Follows a path, or a tree of them in braces, from `level` modules below the root.
fn follow(tokens: &[&str], at: usize, level: usize, names: &mut BTreeSet<(String, bool)>) {
    match tokens.get(at) {
        Some(&"super") => {
            if let (Some(level), Some(&"::")) = (level.checked_sub(1), tokens.get(at + 1)) {
                follow(tokens, at + 2, level, names);
            }
        }
        Some(&"self") if tokens.get(at + 1) == Some(&"::") => {
            follow(tokens, at + 2, level, names);
        }
        Some(&"{") => {
            for branch in branches(tokens, at) {
                follow(tokens, branch, level, names);
            }
        }
        Some(name) if level == 0 && (*name == "*" || is_word(name)) && *name != "self" => {
            let goes_on = tokens.get(at + 1) == Some(&"::");
            names.insert(((*name).to_owned(), goes_on));
        }
        _ => {}
    }
}

/// The names that a `use` in the root brings, each with the first segment of its path.
fn leaves<'a>(
    tokens: &[&'a str],
    at: usize,
    first: Option<&'a str>,
    found: &mut Vec<(String, String)>,
) {
    match tokens.get(at) {
        Some(&"{") => {
            for branch in branches(tokens, at) {
                leaves(tokens, branch, first, found);
            }
        }
        Some(&"crate" | &"self") if first.is_none() => leaves(tokens, at + 2, None, found),
        Some(&segment) if tokens.get(at + 1) == Some(&"::") => {
            leaves(tokens, at + 2, first.or(Some(segment)), found);
        }
        Some(&name) => {
            let name = match tokens.get(at + 1) {
                Some(&"as") => tokens.get(at + 2).copied().unwrap_or(name),
                _ => name,
            };
            found.extend(first.map(|first| (first.to_owned(), name.to_owned())));
        }
        None => {}
    }
}

/// Where the branches of the tree begin whose brace is at `at`.
fn branches(tokens: &[&str], at: usize) -> Vec<usize> {
    let mut found = vec![at + 1];
    let mut open = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(at) {
        match *token {
            "{" => open += 1,
            "}" if open <= 1 => break,
            "}" => open -= 1,
            "," if open == 1 => found.push(i + 1),
            _ => {}
        }
    }
    found
}

/// The tokens without what is compiled for tests alone, and the modules among that which have files of their own.
fn without_tests<'a>(tokens: &[&'a str]) -> (Vec<&'a str>, Vec<String>) {
    const WHOLE: &[&str] = &["#", "!", "[", "cfg", "(", "test", ")", "]"];
    const ONLY: &[&[&str]] = &[
        &["#", "[", "cfg", "(", "test", ")", "]"],
        &["#", "[", "cfg", "(", "all", "(", "test", ","],
    ];
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    if tokens.starts_with(WHOLE) {
        return (kept, modules);
    }
    let mut at = 0;
    while at < tokens.len() {
        if !ONLY.iter().any(|only| tokens[at..].starts_with(only)) {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        while tokens.get(at) == Some(&"#") {
            at = past_group(tokens, at + 1);
        }
        let end = end_of_item(tokens, at);
        let module = tokens[at..end].iter().position(|token| *token == "mod");
        if let (Some(module), Some(&";")) = (module, tokens[..end].last()) {
            modules.extend(tokens.get(at + module + 1).map(ToString::to_string));
        }
        at = end;
    }
    (kept, modules)
}

/// Where the item ends that begins at `at`; `at` itself for a field, an arm or an expression, which are kept.
fn end_of_item(tokens: &[&str], at: usize) -> usize {
    const VISIBLE: &[&str] = &["pub", "(", "crate", "super", ")", "unsafe", "async"];
    const BODIES: &[&str] = &[
        "mod",
        "fn",
        "struct",
        "enum",
        "union",
        "trait",
        "impl",
        "extern",
        "macro_rules",
    ];
    const STATEMENTS: &[&str] = &["use", "const", "static", "type", "let"];
    let word = (at..tokens.len()).find(|i| !VISIBLE.contains(&tokens[*i]));
    let Some(word) = word else {
        return at;
    };
    // A function may be constant.
    let constant = tokens[word] == "const" && tokens.get(word + 1) == Some(&"fn");
    if STATEMENTS.contains(&tokens[word]) && !constant {
        return end_of_statement(tokens, word);
    }
    if !BODIES.contains(&tokens[word]) && !constant {
        return at;
    }
    let mut i = word;
    while i < tokens.len() {
        match tokens[i] {
            ";" => return i + 1,
            "{" => return past_group(tokens, i),
            "(" | "[" => i = past_group(tokens, i),
            _ => i += 1,
        }
    }
    i
}

/// Past the next semicolon outside of brackets.
fn end_of_statement(tokens: &[&str], at: usize) -> usize {
    let mut i = at;
    while i < tokens.len() {
        match tokens[i] {
            ";" => return i + 1,
            "{" | "(" | "[" => i = past_group(tokens, i),
            _ => i += 1,
        }
    }
    i
}

/// Past the bracket that closes the one at `at`.
fn past_group(tokens: &[&str], at: usize) -> usize {
    let mut open = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(at) {
        match *token {
            "{" | "(" | "[" => open += 1,
            "}" | ")" | "]" => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            return i + 1;
        }
    }
    tokens.len()
}

fn before<'a>(tokens: &[&'a str], at: usize) -> &'a str {
    at.checked_sub(1).map_or("", |at| tokens[at])
}

fn is_word(token: &str) -> bool {
    token.starts_with(in_word)
}

fn in_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Words, `::`, and every other sign for itself.
fn tokens(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        let (length, counts) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (comment(rest), false)
        } else if let Some(length) = literal(rest) {
            (length, false)
        } else if word > 0 {
            (word, true)
        } else if rest.starts_with("::") {
            (2, true)
        } else {
            (first.len_utf8(), !first.is_whitespace())
        };
        let (token, after) = rest.split_at(length);
        if counts {
            found.push(token);
        }
        rest = after;
    }
    found
}

/// Bytes of the comment, with those inside it, at the head of `text`.
fn comment(text: &str) -> usize {
    let (mut at, mut open) = (0, 0_usize);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            (at, open) = (at + 2, open + 1);
        } else if rest.starts_with(b"*/") {
            (at, open) = (at + 2, open - 1);
        } else {
            at += 1;
        }
        if open == 0 {
            break;
        }
    }
    at.min(text.len())
}

/// Bytes of the literal or lifetime at the head of `text`.
fn literal(text: &str) -> Option<usize> {
    let letters = text.find(|c| !matches!(c, 'b' | 'c' | 'r'))?;
    let (prefix, rest) = text.split_at(letters);
    if !matches!(prefix, "" | "b" | "c" | "r" | "br" | "cr") {
        return None;
    }
    if prefix.ends_with('r') {
        let hashes = rest.find(|c| c != '#')?;
        let end = format!("\"{}", &rest[..hashes]);
        let inside = rest[hashes..].strip_prefix('"')?;
        let length = inside.find(&end).map(|at| at + end.len());
        return Some(letters + hashes + 1 + length.unwrap_or(inside.len()));
    }
    if let Some(inside) = rest.strip_prefix('"') {
        return Some(letters + 1 + closed(inside, '"'));
    }
    let inside = rest.strip_prefix('\'')?;
    let mut signs = inside.chars();
    let is_sign = matches!(
        (signs.next(), signs.next()),
        (Some('\\'), _) | (Some(_), Some('\''))
    );
    if is_sign {
        return Some(letters + 1 + closed(inside, '\''));
    }
    let name = inside.find(|c| !in_word(c)).unwrap_or(inside.len());
    Some(letters + 1 + name)
}

/// Bytes up to and with the `end` that is not escaped.
fn closed(inside: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == end => return at + c.len_utf8(),
            _ => {}
        }
    }
    inside.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, depth: usize) -> Vec<String> {
        let names = named(text, depth).names;
        names.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_module_is_told_from_a_function_of_its_name() {
        let found = named("fn f() { crate::a(crate::b::C) }", 1);
        let names: Vec<_> = found.names.into_iter().collect();
        assert_eq!(names, [("a".to_owned(), false), ("b".to_owned(), true)]);
    }

    #[test]
    fn paths_to_the_root_are_seen_in_every_spelling() {
        assert_eq!(
            names("use crate::a::B; fn f() { crate::c() }", 1),
            ["a", "c"]
        );
        let tree = "use crate::{a::{self, x}, b as c, self, D};";
        assert_eq!(names(tree, 1), ["D", "a", "b"]);
        assert_eq!(names("use {crate::a, super::b::C};", 1), ["a", "b"]);
        assert_eq!(names("use super::a; use super::super::b::C;", 2), ["b"]);
        assert_eq!(names("use super::{x, super::{a, b}};", 2), ["a", "b"]);
        assert_eq!(names("use self::super::a;", 1), ["a"]);
        assert_eq!(
            names("mod m { use super::super::a; use super::x; }", 1),
            ["a"]
        );
        assert_eq!(names("pub(crate) use crate::*;", 1), ["*"]);
        assert_eq!(names("macro_rules! m { () => { $crate::a!() } }", 1), ["a"]);
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        let text = r##"
            /// See [`crate::a`]. /* not the beginning of anything
            /* crate::b /* inside */ crate::c */
            const S: &str = "crate::d \" crate::e"; const R: &str = r#"crate::f " "#;
            fn g<'a>(c: &'a char) -> bool { *c == '"' || *c == '\'' || *c == b'"' as char }
            use crate::h;
        "##;
        assert_eq!(names(text, 1), ["h"]);
    }

    #[test]
    fn tests_name_nothing() {
        let text = "
            #[cfg(test)] use crate::a;
            #[cfg(test)] #[allow(unused)] pub(crate) fn f(x: [u8; 2]) { crate::b() }
            #[cfg(all(test, unix))] mod planted;
            #[cfg(test)] const fn g() { crate::c() }
            struct S { #[cfg(test)] x: crate::d::X, y: crate::e::Y }
            #[cfg(test)] mod tests { use crate::f; }
            use crate::h;
        ";
        let found = named(text, 1);
        assert_eq!(found.tests, ["planted"]);
        let names: Vec<_> = found.names.into_iter().map(|n| n.0).collect();
        assert_eq!(names, ["d", "e", "h"]);
        assert_eq!(
            named("//! Tests.\n#![cfg(test)]\nuse crate::a;", 1),
            Named::default()
        );
    }

    #[test]
    fn the_root_passes_names_on_without_using_them() {
        let text = "
            mod a; mod b; mod c;
            pub use a::{X, deep::Y as Z};
            pub(crate) use crate::b::W;
            use c::V;
            fn f() { b::g() }
        ";
        let (found, passed_on) = named_by_root(text);
        let names: Vec<_> = found.names.into_iter().map(|n| n.0).collect();
        assert_eq!(names, ["b", "c"]);
        let passed_on: Vec<_> = (passed_on.iter())
            .map(|(module, name)| (module.as_str(), name.as_str()))
            .collect();
        assert_eq!(passed_on, [("a", "X"), ("a", "Z"), ("b", "W"), ("c", "V")]);
    }
}
