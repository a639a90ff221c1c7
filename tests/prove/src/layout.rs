//! Where code may be: which module may use which, where `unsafe` and orderings are, and
//! how long a file may be.

use crate::check::Prove;
use crate::source::{Crate, File, ORDERINGS, flat};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The modules of `handler-table`, from the top to the bottom: what each may use is
/// below it. `!unsafe` has `unsafe` code, `!orderings` has memory orderings; no other
/// module has any. What is compiled for tests only is not here.
const LIBRARY: &str = "
    lib                     *
    macros                  !unsafe
    observe                 observe/* action_table handler_table action/* events
    observe/listing         observe/statistics action_table handler_table action/flight
                            action/registered events
    observe/statistics      observe/observer observe/tally action/flight action/line action/outcome
    observe/storms          observe/observer observe/tally action/flight action/line action/outcome
    observe/observer        action/line action/outcome
    observe/tally           sync !orderings
    linked                  linked/* action_table handler_table action/flight slot events
    linked/load             linked/* action/error action/id slot
    linked/program          linked/entry linked/state linked/static_action linked/handler linked/error
                            slot events
    linked/alias            linked/declare linked/entry linked/static_action action/flight
                            action_table handler_table slot events !unsafe
    linked/declare          linked/entry linked/message linked/static_action action_table action
                            action/* handler_table slot word events
    linked/message
    linked/error            linked/handler linked/entry action/id events
    linked/handler          linked/entry action/id events
    linked/entry            linked/static_action linked/source linked/state slot slice private
                            events !unsafe
    linked/static_action    linked/source action_table action action/* word slice events !unsafe
    linked/source
    linked/state            sync !orderings
    arrivals                action action/* sync !unsafe !orderings
    action_table/boxed      action_table action action/* slot events
    action_table/drain      action_table action action/* slot events
    action_table/lines      action_table action action/* slot events
    action_table/listing    action_table action action/* slot events
    action_table/threads    action_table action/* events
    action_table            action action/* slot events
    action/boxed            action action/* sync !unsafe !orderings
    action/registered       action action/*
    action                  action/* word !unsafe
    action/awaited          action/removal action/flight action/flight/section action/waiter
    action/removal          action/record/life action/flight action/home action/line action/error
    action/typed            action/list action/handle action/line action/record action/record/life action/flight
                            action/flight/section action/home
                            action/event action/outcome action/error
                            !unsafe
    action/list             action/handle action/record action/record/life action/flight action/flight/section action/home
                            action/outcome action/error
                            action/id sync !unsafe !orderings
    action/handle           action/record action/home action/error
    action/record/life      action/record action/home action/error sync !unsafe !orderings
    action/record           action/flight action/home action/cpus action/id action/outcome sync
                            !unsafe !orderings
    action/line             action/outcome sync !unsafe !orderings
    action/owned            action/flight action/flight/section !unsafe
    action/flight           action/flight/* action/waiter slot sync !orderings
    action/flight/section   action/waiter sync !orderings
    action/waiter           sync !orderings
    action/numbers          sync !orderings
    action/home             slot !unsafe
    action/error            action/id events
    action/event
    action/outcome
    action/cpus
    action/id
    handler_table/listing   handler_table slot events
    handler_table           slot word events !unsafe
    slot                    word sync !unsafe !orderings
    word                    !unsafe
    events                  slice
    slice                   !unsafe
    private                 !unsafe
    sync
";

/// The modules of `handler-table-macros`. `table` writes `unsafe`, with the proof that
/// it is for.
const MACROS: &str = "
    lib                     *
    handler                 names args item tokens !unsafe
    table                   names args item tokens !unsafe
    require                 names args item tokens
    events                  names args item tokens
    names                   args item tokens
    args                    tokens
    item                    tokens !unsafe
    tokens
";

const LINES: usize = 650;

struct Row {
    name: &'static str,
    may_use: Vec<&'static str>,
    has_unsafe: bool,
    has_orderings: bool,
}

fn rows(list: &'static str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in list.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        // What is indented further goes on with the row.
        if !line.starts_with("            ") {
            rows.push(Row {
                name: words.next().unwrap_or_default(),
                may_use: Vec::new(),
                has_unsafe: false,
                has_orderings: false,
            });
        }
        let row = rows.last_mut().expect("a row comes first");
        for word in words {
            match word {
                "!unsafe" => row.has_unsafe = true,
                "!orderings" => row.has_orderings = true,
                _ => row.may_use.push(word),
            }
        }
    }
    rows
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

/// What is not as the list says.
fn violations(list: &'static str, sources: &Crate) -> Vec<String> {
    let rows = rows(list);
    let mut wrong = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if !sources
            .files
            .iter()
            .any(|file| name(&file.module) == row.name)
        {
            wrong.push(format!("there is no `{}`", row.name));
        }
        for pattern in &row.may_use {
            if !rows[at + 1..]
                .iter()
                .any(|below| matches(pattern, below.name))
            {
                wrong.push(format!("`{}`: no `{pattern}` is below it", row.name));
            }
        }
    }
    for file in &sources.files {
        let own = name(&file.module);
        let Some(at) = rows.iter().position(|row| row.name == own) else {
            wrong.push(format!("`{own}` is not in the list"));
            continue;
        };
        let row = &rows[at];
        for used in uses(sources, file) {
            let is_below = rows[at + 1..].iter().any(|below| below.name == used);
            if used != own && !(is_below && row.may_use.iter().any(|it| matches(it, &used))) {
                wrong.push(format!("`{own}` uses `{used}`"));
            }
        }
        for (what, is_listed, is_there) in [
            ("unsafe code", row.has_unsafe, has_unsafe(file)),
            ("orderings", row.has_orderings, has_orderings(file)),
        ] {
            match (is_listed, is_there) {
                (false, true) => wrong.push(format!("`{own}` has {what}")),
                (true, false) => wrong.push(format!("`{own}` has no {what}")),
                _ => {}
            }
        }
    }
    wrong
}

fn name(module: &[String]) -> String {
    if module.is_empty() {
        "lib".to_owned()
    } else {
        module.join("/")
    }
}

/// `unsafe`, but for that of an attribute.
fn has_unsafe(file: &File) -> bool {
    file.tokens.iter().any(|(_, tokens)| {
        let row = flat(tokens);
        let mut pairs = row.windows(2);
        pairs.any(|pair| pair[0].text == "unsafe" && pair[1].text != "(")
    })
}

fn has_orderings(file: &File) -> bool {
    file.tokens.iter().any(|(_, tokens)| {
        let row = flat(tokens);
        row.iter().any(|token| ORDERINGS.contains(&&*token.text))
    })
}

/// The modules of the crate that a file uses.
fn uses(sources: &Crate, file: &File) -> BTreeSet<String> {
    let modules: Vec<&[String]> = sources.files.iter().map(|file| &*file.module).collect();
    let mut used = BTreeSet::new();
    for (depth, tokens) in &file.tokens {
        let mut found = Vec::new();
        paths(tokens, &[], &mut found);
        for path in found {
            let up = path.iter().take_while(|word| *word == "super").count();
            let first = &path[0];
            let (base, rest) = if first == "crate" {
                (&[][..], &path[1..])
            } else if up > 0 {
                let length = file.module.len().saturating_sub(up.saturating_sub(*depth));
                (&file.module[..length], &path[up..])
            } else if first == "self" {
                (&*file.module, &path[1..])
            } else if *depth == 0 && file.modules.contains(first) {
                (&*file.module, &*path)
            } else {
                continue;
            };
            if rest.is_empty() && path.len() == 1 {
                // `pub(crate)`, a receiver.
                continue;
            }
            // The module, which all of the path or its start may be.
            let whole: Vec<String> = base.iter().chain(rest).cloned().collect();
            let module = (base.len().min(whole.len())..=whole.len())
                .rev()
                .map(|length| &whole[..length])
                .find(|start| modules.contains(start));
            used.extend(module.map(name));
        }
    }
    used
}

/// Every path in code, and in the groups of a `use`.
fn paths(tokens: &TokenStream, prefix: &[String], found: &mut Vec<Vec<String>>) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is = |at: usize, char: char| matches!(trees.get(at), Some(TokenTree::Punct(it)) if it.as_char() == char);
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        at += 1;
        match tree {
            TokenTree::Group(group) => paths(&group.stream(), &[], found),
            TokenTree::Ident(first) => {
                let mut path = prefix.to_vec();
                path.push(first.to_string());
                let start = at - 1;
                while is(at, ':') && is(at + 1, ':') {
                    match trees.get(at + 2) {
                        Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                            paths(&group.stream(), &path, found);
                        }
                        _ => break,
                    }
                    at += 3;
                }
                // `$crate`; `::core`; `pub(in …)`.
                let is_whole = start > 0
                    && (is(start - 1, '$')
                        || is(start - 1, ':') && start > 1 && is(start - 2, ':'));
                let is_visibility = start == 1 && trees[0].to_string() == "in";
                if !is_whole && !is_visibility {
                    path.retain(|word| prefix.is_empty() || word != "self");
                    found.push(path);
                }
            }
            _ => {}
        }
    }
}

/// The files that are too long, those of tests too.
fn long_files(directory: &Path, long: &mut Vec<String>) {
    for entry in fs::read_dir(directory)
        .expect("the sources are there")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            long_files(&path, long);
        } else {
            let lines = fs::read_to_string(&path)
                .unwrap_or_default()
                .lines()
                .count();
            if lines > LINES {
                long.push(format!("{} has {lines} lines", path.display()));
            }
        }
    }
}

#[test]
fn every_module_uses_what_is_below_it() {
    let root = Prove::new().root;
    for (package, list) in [("handler-table", LIBRARY), ("handler-table-macros", MACROS)] {
        let src = root.join(package).join("src");
        let mut wrong = violations(list, &Crate::read(&src).expect("it parses"));
        long_files(&src, &mut wrong);
        assert!(wrong.is_empty(), "{package}:\n{}", wrong.join("\n"));

        // And one that uses what is above it is found.
        let lowest = rows(list).last().map_or("", |row| row.name);
        let read = |path: &Path| {
            let text = fs::read_to_string(path).ok()?;
            let is_lowest = path == src.join(lowest).with_extension("rs");
            Some(if is_lowest {
                text + "use crate::Above;"
            } else {
                text
            })
        };
        let wrong = violations(list, &Crate::read_by(&src, &read).expect("it parses"));
        assert_eq!(wrong, [format!("`{lowest}` uses `lib`")]);
    }
}

/// The crate of these files, each with its text.
fn made_up(files: &[(&str, &str)]) -> Crate {
    let read = |path: &Path| {
        let file = files.iter().find(|(name, _)| path == Path::new(name));
        file.map(|(_, text)| (*text).to_owned())
    };
    Crate::read_by(Path::new(""), &read).expect("it parses")
}

const LIST: &str = "
    lib         *
    top         top/* low
    top/side
    top/part    low !unsafe
    low         !orderings
";

fn wrong_with(changed: &str, text: &str) -> Vec<String> {
    let mut files = [
        ("lib.rs", "mod low; mod top; pub use top::Top;"),
        (
            "top.rs",
            "mod part; mod side; use crate::low::Low; use part::{a, b as c};",
        ),
        (
            "top/part.rs",
            "#[cfg(test)] use super::Top; fn f() { unsafe { crate::low::f() } }",
        ),
        (
            "top/side.rs",
            "pub(crate) struct Side; #[unsafe(no_mangle)] fn f() {}",
        ),
        (
            "low.rs",
            "fn f() { g(Ordering::SeqCst) } macro_rules! m { () => { $crate::top::x } }",
        ),
    ];
    let file = files.iter_mut().find(|(name, _)| *name == changed);
    let file = file.expect("it is there");
    let text = format!("{} {text}", file.1);
    file.1 = &text;
    violations(LIST, &made_up(&files))
}

#[test]
fn what_is_not_as_listed_is_found() {
    assert_eq!(wrong_with("lib.rs", ""), [""; 0]);
    for (file, text, wrong) in [
        ("low.rs", "use crate::top::Top;", "`low` uses `top`"),
        (
            "low.rs",
            "use crate::{low::f, top::{part, Top}};",
            "`low` uses `top`",
        ),
        ("low.rs", "use super::Top;", "`low` uses `lib`"),
        ("low.rs", "fn h() { crate::Top::new() }", "`low` uses `lib`"),
        (
            "low.rs",
            "mod inner { use super::f; use super::super::top; }",
            "`low` uses `top`",
        ),
        (
            "top/part.rs",
            "fn h(_: &super::Top) {}",
            "`top/part` uses `top`",
        ),
        (
            "top/part.rs",
            "use super::side::Side;",
            "`top/part` uses `top/side`",
        ),
        ("top/side.rs", "use crate::low;", "`top/side` uses `low`"),
        (
            "top/side.rs",
            "m! { crate::low::f() }",
            "`top/side` uses `low`",
        ),
        (
            "top/side.rs",
            "fn h() { unsafe { g() } }",
            "`top/side` has unsafe code",
        ),
        (
            "top.rs",
            "use Ordering::{Acquire, Release};",
            "`top` has orderings",
        ),
    ] {
        let found = wrong_with(file, text);
        assert!(
            found.iter().any(|it| it == wrong),
            "{file}: {text}: {found:?}"
        );
    }
}

#[test]
fn a_list_in_which_something_is_used_from_above_is_refused() {
    const CIRCLE: &str = "
    lib         *
    top         low
    low         top
";
    let files = [
        ("lib.rs", "mod top; mod low;"),
        ("top.rs", ""),
        ("low.rs", ""),
    ];
    let wrong = violations(CIRCLE, &made_up(&files));
    assert_eq!(wrong, ["`low`: no `top` is below it"]);
}
