//! The code in the documentation's recipes is that of the programs.

use std::fs;
use std::path::Path;

const PAGES: &[&str] = &["cortex-m", "tokio", "x86_64"];

/// The blocks of code in a page: the file that its first line names, and the code.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let code: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let file = info
            .split_once('(')
            .and_then(|(_, it)| it.strip_suffix(')'));
        blocks.extend(file.map(|file| (file.to_owned(), code.join("\n") + "\n")));
    }
    blocks
}

/// The blocks that are not in their files.
fn wrong(root: &Path, page: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, code) in blocks(page) {
        let text = fs::read_to_string(root.join(&file)).unwrap_or_default();
        if !("\n".to_owned() + &text).contains(&("\n".to_owned() + &code)) {
            wrong.push(format!("{file} does not have:\n{code}"));
        }
    }
    wrong
}

#[test]
fn recipes_show_the_code_of_the_programs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for page in PAGES {
        let path = root.join(format!("handler-table/docs/{page}.md"));
        let text = fs::read_to_string(path).unwrap();
        assert!(blocks(&text).len() > 3, "{page}");
        assert_eq!(wrong(root, &text), [""; 0], "{page}");
    }
}

#[test]
fn code_that_is_not_in_the_file_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = "```ignore (recipes.rs)\nuse std::fs;\nuse std::path::Path;\n```\n";
    assert_eq!(wrong(root, page), [""; 0]);
    let changed = page.replace("fs;\n", "fs;\n\n");
    assert_eq!(wrong(root, &changed).len(), 1);
    // A part of a line is not a line.
    assert_eq!(
        wrong(root, &page.replace("use std::fs", "std::fs")).len(),
        1
    );
}
