//! The documents: their code is that of the programs, their links lead somewhere, their
//! pictures are those of the repository, and their commands are run.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const PAGES: &[&str] = &["cortex-m", "tokio", "x86_64"];

/// The top of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The documents, with their paths from the top of the repository.
fn documents() -> Vec<(PathBuf, String)> {
    let in_directory = |directory: &str| {
        let entries = fs::read_dir(root().join(directory)).unwrap();
        let paths = entries.map(|entry| Path::new(directory).join(entry.unwrap().file_name()));
        paths.collect::<Vec<_>>()
    };
    let mut paths = in_directory("");
    paths.extend(in_directory("handler-table/docs"));
    // It consists of pictures.
    paths.retain(|path| path.extension().is_some_and(|it| it == "md") && !path.ends_with(PICTURES));
    let read = |path: PathBuf| (path.clone(), fs::read_to_string(root().join(path)).unwrap());
    paths.into_iter().map(read).collect()
}

/// Where the links of a document start. Some are linked into the directory of the chapters.
fn directory(document: &Path) -> PathBuf {
    let file = root().join(document).canonicalize().unwrap();
    file.parent().unwrap().to_owned()
}

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
    let root = root();
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
    let page = "```ignore (documents.rs)\nuse std::fs;\nuse std::path::{Path, PathBuf};\n```\n";
    assert_eq!(wrong(root, page), [""; 0]);
    let changed = page.replace("fs;\n", "fs;\n\n");
    assert_eq!(wrong(root, &changed).len(), 1);
    // A part of a line is not a line.
    assert_eq!(
        wrong(root, &page.replace("use std::fs", "std::fs")).len(),
        1
    );
}

/// Definitions of links to the pictures of the documents, for rustdoc, which has no files beside
/// its pages. `OVERWRITE=1 cargo test -p handler-table-tests --test documents` writes the file.
const PICTURES: &str = "handler-table/docs/pictures.md";

/// A picture as a link that contains it.
fn link(svg: &str) -> String {
    let mut link = "data:image/svg+xml,".to_owned();
    for byte in svg.bytes() {
        if byte.is_ascii_alphanumeric() || b"-./:=,".contains(&byte) {
            link.push(char::from(byte));
        } else {
            write!(link, "%{byte:02X}").unwrap();
        }
    }
    link
}

#[test]
fn the_pictures_of_rustdoc_are_those_of_the_repository() {
    let mut definitions = BTreeSet::new();
    for (path, text) in documents() {
        for line in text.lines() {
            let Some((name, file)) = line.strip_prefix('[').and_then(|it| it.split_once("]: "))
            else {
                continue;
            };
            if Path::new(file).extension().is_some_and(|it| it == "svg") {
                let file = directory(&path).join(file);
                let svg = fs::read_to_string(file).unwrap();
                definitions.insert(format!("[{name}]: {}\n", link(&svg)));
            }
        }
    }
    let expected: String = definitions.into_iter().collect();
    let file = root().join(PICTURES);
    if std::env::var_os("OVERWRITE").is_some() {
        fs::write(&file, &expected).unwrap();
    }
    assert!(expected.contains("[overview]: "));
    assert_eq!(fs::read_to_string(file).unwrap(), expected);
}

/// What a document's links lead to, but for those to other documents' sites and to items.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let inline = text.split("](").skip(1).filter_map(|it| it.split_once(')'));
    let inline = inline.map(|(target, _)| target);
    let definitions = text.lines().filter(|line| line.starts_with('['));
    let definitions = definitions.filter_map(|line| line.split_once("]: ").map(|it| it.1));
    let is_file = |target: &&str| {
        !target.starts_with("http") && !target.contains("::") && !target.starts_with('#')
    };
    inline
        .chain(definitions)
        .map(|target| target.split('#').next().unwrap())
        .filter(is_file)
}

#[test]
fn every_link_to_a_file_finds_it() {
    let mut count = 0;
    for (path, text) in documents() {
        for target in targets(&text) {
            let file = directory(&path).join(target);
            assert!(file.exists(), "{}: {target}", path.display());
            count += 1;
        }
    }
    assert!(count >= 15, "{count}");
}

/// How a command of the documents is tested.
enum By {
    /// `.ci/run` has this line.
    Ci(&'static str),
    /// `cargo prove`, as `.ci/run` calls it, has a proof of this name, which does what the
    /// command does.
    Proof(&'static str),
    /// It takes too long, or changes the repository.
    Hand,
}

const COMMANDS: &[(&str, By)] = &[
    (
        "cargo run --example quickstart",
        By::Ci("step cargo run --quiet --example quickstart"),
    ),
    ("cargo test", By::Ci("step cargo test --no-fail-fast")),
    (
        "cargo install --path handler-table/cargo-handlers",
        By::Ci("step cargo install --quiet --path handler-table/cargo-handlers --root \"$out\""),
    ),
    (
        "cargo handlers target/debug/examples/quickstart",
        By::Ci("PATH=\"$out/bin:$PATH\" step cargo handlers target/debug/examples/quickstart"),
    ),
    (
        "cargo handlers target/debug/examples/board",
        By::Ci("PATH=\"$out/bin:$PATH\" step cargo handlers target/debug/examples/board"),
    ),
    (
        "cargo fmt --all --check",
        By::Ci("step cargo fmt --all --check"),
    ),
    (
        "cargo clippy --workspace --all-targets -- -D warnings",
        By::Ci("step cargo clippy --workspace --all-targets -- -D warnings"),
    ),
    (
        "RUSTDOCFLAGS=\"-D warnings\" cargo doc --workspace --no-deps",
        By::Ci("RUSTDOCFLAGS=\"-D warnings\" step cargo doc --workspace --no-deps"),
    ),
    (
        "cargo package -p handler-table-macros -p handler-table",
        By::Ci(
            "step cargo package -p handler-table-macros -p handler-table --target-dir \"$(mktemp -d)\"",
        ),
    ),
    (
        "cd tests/drop-in && cargo test",
        By::Ci("step cargo test --manifest-path tests/drop-in/Cargo.toml"),
    ),
    ("cargo prove models orderings", By::Proof("orderings")),
    ("cargo prove i686", By::Proof("i686")),
    ("cargo prove bare", By::Proof("bare")),
    ("cargo prove recipes", By::Proof("recipes")),
    ("examples/kernel/run", By::Proof("bare")),
    ("./run", By::Proof("recipes")),
    ("cargo run", By::Proof("recipes")),
    ("cargo prove models actions types", By::Hand),
    ("cargo prove quick", By::Hand),
    ("cargo prove actions action-orderings", By::Hand),
    ("cargo prove", By::Hand),
    (
        "cargo +nightly fuzz run --fuzz-dir tests/fuzz expansion",
        By::Hand,
    ),
    (
        "cargo test -p handler-table-tests --test link -- --ignored",
        By::Hand,
    ),
    ("cargo bench", By::Hand),
    (
        "cargo bench -p handler-table-bench --bench actions",
        By::Hand,
    ),
    ("tests/bench/run", By::Hand),
    (
        "TRYBUILD=overwrite cargo test -p handler-table-tests --test ui",
        By::Hand,
    ),
];

/// The commands in a document: lines of `sh` blocks, and code in the text that is a command.
fn commands(text: &str) -> Vec<String> {
    const PROGRAMS: [&str; 5] = [
        "cargo ",
        "examples/kernel/run",
        "./run",
        "tests/bench/run",
        "cd ",
    ];
    // With variables before it or not.
    let is_command = |code: &str| {
        PROGRAMS.iter().any(|program| code.starts_with(program))
            || code.contains("\" cargo ")
            || code.contains("=overwrite cargo ")
    };
    let mut commands = Vec::new();
    let mut lines = text.lines();
    let mut prose = String::new();
    while let Some(line) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else {
            prose.push_str(line);
            prose.push(' ');
            continue;
        };
        let block = lines.by_ref().take_while(|line| line.trim_start() != "```");
        let code = block.map(|line| line.split("  #").next().unwrap().trim().to_owned());
        let code: Vec<_> = code.collect();
        commands.extend(code.into_iter().filter(|_| info == "sh"));
    }
    let code = prose.split('`').skip(1).step_by(2);
    let code = code.map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "));
    commands.extend(code.filter(|code| is_command(code) && code.contains([' ', '/'])));
    commands
}

#[test]
fn every_command_is_run() {
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    let has_line = |line: &str| ci.lines().any(|it| it == line);
    let proofs = ci.lines().filter_map(|it| it.split_once("cargo prove "));
    let proofs: Vec<_> = proofs.flat_map(|(_, names)| names.split(' ')).collect();

    let mut found = BTreeSet::new();
    for (path, text) in documents() {
        for command in commands(&text) {
            // The name of the program, or what it is described with.
            if ["cargo handlers", "cargo prove --help"].contains(&&*command) {
                continue;
            }
            let Some((known, by)) = COMMANDS.iter().find(|(it, _)| *it == command) else {
                panic!("{}: nothing runs `{command}`", path.display());
            };
            match by {
                By::Ci(line) => assert!(has_line(line), "`{command}`: no {line:?} in .ci/run"),
                By::Proof(name) => assert!(proofs.contains(name), "`{command}`: {proofs:?}"),
                By::Hand => {}
            }
            found.insert(*known);
        }
    }
    for (command, _) in COMMANDS {
        assert!(found.contains(command), "no document has `{command}`");
    }
}
