//! Names that others give: as people read them, and as files may be called.

/// A name for people: one line, of a bounded length, without characters that change the order in which
/// others are read.
pub(crate) fn label(name: &str) -> String {
    let unseen = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    let kept = name.chars().filter(|c| !c.is_control() && !unseen(*c));
    let kept: String = kept.take(200).collect();
    match kept.trim() {
        "" => "table".to_owned(),
        kept => kept.to_owned(),
    }
}

/// A label as the name of a file: its letters, digits, dots and dashes, without leading dots.
pub(crate) fn file_name(label: &str) -> String {
    let kept: String = (label.chars())
        .map(|c| {
            if c.is_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(80)
        .collect();
    let kept = kept.trim_start_matches('.');
    if kept.is_empty() {
        "table".to_owned()
    } else {
        kept.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_and_read_as_they_are_written() {
        assert_eq!(label("a\r\nset-cookie: b"), "aset-cookie: b");
        assert_eq!(label("gnp\u{202e}vsc.exe"), "gnpvsc.exe");
        assert_eq!(label("../../x.csv"), "../../x.csv");
        assert_eq!(label("é 名.csv"), "é 名.csv");
        assert_eq!(label(&"x".repeat(4096)).len(), 200);
        assert_eq!(label("\u{200b} \0"), "table");
    }

    #[test]
    fn no_label_becomes_a_path() {
        assert_eq!(file_name("../../etc/pass wd\r\n"), "_.._etc_pass_wd__");
        assert_eq!(file_name("..."), "table");
    }
}
