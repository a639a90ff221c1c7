//! Which programs compile, and the messages for those that do not.
//!
//! Many words of a message are rustc's, and rustc changes them with every release. So messages
//! are compared with one release only, [`WORDS_OF`]. With any other release, the test skips
//! programs that must not compile, and says so.

use std::process::Command;

const WORDS_OF: &str = "rustc 1.95.";

#[test]
fn ui() {
    let tests = trybuild::TestCases::new();
    tests.pass("ui/pass_*.rs");

    let rustc = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()))
        .arg("--version")
        .output()
        .expect("rustc runs");
    let version = String::from_utf8_lossy(&rustc.stdout).into_owned();
    if version.starts_with(WORDS_OF) {
        tests.compile_fail("ui/fail_*.rs");
    } else {
        eprintln!(
            "not compared: the messages of {}, only those of {WORDS_OF}*",
            version.trim()
        );
    }
}

/// A message uses the user's words: it names no private item, and the compiler does not explain
/// a macro expansion. There are two exceptions: no token of the user can be underlined, or the
/// user calls a private item.
#[test]
fn messages_are_in_the_users_words() {
    const NO_TOKEN: [&str; 4] = [
        "fail_dynamic_handler_type.stderr",
        "fail_dynamic_inferred_array.stderr",
        "fail_require.stderr",
        "fail_events.stderr",
    ];
    const ATTACKS: [&str; 3] = [
        "fail_assembly.stderr",
        "fail_assembly_index.stderr",
        "fail_entry_forged.stderr",
    ];
    let mut files = 0;
    for entry in std::fs::read_dir("ui").expect("the tests run in their package") {
        let path = entry.expect("readable").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path
            .extension()
            .is_none_or(|extension| extension != "stderr")
            || ATTACKS.contains(&name.as_str())
        {
            continue;
        }
        files += 1;
        let text = std::fs::read_to_string(&path).expect("readable");
        for private in ["__private", "HANDLER_TABLE_0", "linkme", "Registration"] {
            assert!(!text.contains(private), "{name} says `{private}`");
        }
        let originates = text.contains("this error originates in");
        assert_eq!(originates, NO_TOKEN.contains(&name.as_str()), "{name}");
    }
    assert!(files > 20, "{files} files");
}
