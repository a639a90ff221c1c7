//! The linkers for ELF: LLD and that of binutils.

use crate::support::Linker::{Bfd, Lld, Mold};
use crate::support::Lto::{Fat, Local, Off, Thin};
use crate::support::Profile::{Debug, Release};
use crate::support::{
    Build, Matrix, Variant, exports, holds, libraries, link_c, output_of, says, variant,
};
use std::process::Command;

/// Every two settings meet in one, save `Local` with a number of codegen units, and
/// the default number with another LTO.
const SOME: [Variant; 8] = [
    variant(Debug, Local, None, Lld),
    variant(Debug, Off, Some(1), Bfd),
    variant(Debug, Thin, Some(16), Bfd),
    variant(Debug, Fat, Some(1), Lld),
    variant(Release, Local, None, Bfd),
    variant(Release, Off, Some(16), Lld),
    variant(Release, Thin, Some(1), Lld),
    variant(Release, Fat, Some(16), Bfd),
];

fn all() -> Vec<Variant> {
    let mut all = Vec::new();
    for profile in [Debug, Release] {
        for lto in [Off, Local, Thin, Fat] {
            for units in [None, Some(1), Some(16)] {
                all.push(variant(profile, lto, units, Lld));
                all.push(variant(profile, lto, units, Bfd));
            }
        }
    }
    all
}

fn without_lto(variant: &Variant) -> bool {
    matches!(variant.lto, Off | Local)
}

/// The symbol of a handler for event 3. Its end is a hash.
const SYMBOL: &str = "handler_for_event_3_of_kernel::IRQS[…]";

/// What a program prints that has the handler of `uart` and no other.
const ONE: &str = "kernel::IRQS: 1 loaded: 3=1003\n";

/// What `left` prints after its name if it has all handlers.
const ALL: &str = "6 loaded: 3=1003 5=1005 6=1006 10=1010 11=1011 17=1017\n";

#[test]
fn one_event_twice_in_one_crate() {
    // rustc finds it before there is anything to link.
    let mut matrix = Matrix::new();
    for variant in [SOME[0], SOME[5]] {
        let literals = ["3", "0x3", "0b11", "0o3", "0_3", "3usize"];
        one_crate(&mut matrix, variant, &literals);
    }
}

#[test]
#[ignore = "all ways to build"]
fn one_event_twice_in_one_crate_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        one_crate(&mut matrix, variant, &["3"]);
    }
}

fn one_crate(matrix: &mut Matrix, variant: Variant, literals: &[&str]) {
    let build = Build::program("one_crate", variant);
    let expected = "kernel::IRQS: 2 loaded: 3=1003 4=1004\n";
    matrix.accepted("two events in one crate", &build, expected);

    // Which of the two is underlined is rustc's choice.
    let refusals = ["first", "second"].map(|function| {
        format!(
            "error: symbol `{SYMBOL}_in_one_crate` is already defined\n\
             --> program/src/bin/one_crate.rs:…\n\
             |\n\
             …| fn {function}(n: u32) -> u32 {{\n\
             |…^^^^^\n\n"
        )
    });
    for literal in literals {
        let what = format!("the same event, 3 and {literal}, in one crate");
        let build = build.clone().mistake(literal);
        matrix.refused(&what, &build, &refusals);
    }
}

#[test]
fn one_event_twice_in_two_crates() {
    let mut matrix = Matrix::new();
    for variant in SOME {
        two_crates(&mut matrix, variant, &[RIVAL]);
    }
    for variant in SOME.into_iter().filter(without_lto) {
        two_crates(&mut matrix, variant, &[OWN]);
    }
}

#[test]
#[ignore = "all ways to build"]
fn one_event_twice_in_two_crates_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        two_crates(&mut matrix, variant, &[RIVAL, OWN]);
    }
}

/// A handler, as linkers name it.
#[derive(Clone, Copy)]
struct Place {
    krate: &'static str,
    function: &'static str,
}

const UART: Place = Place {
    krate: "uart",
    function: "uart::uart",
};

/// In a crate like that of [`UART`].
const RIVAL: Place = Place {
    krate: "rival",
    function: "rival::rival",
};

/// In the program's own crate.
const OWN: Place = Place {
    krate: "two_crates",
    function: "two_crates::own",
};

fn two_crates(matrix: &mut Matrix, variant: Variant, others: &[Place]) {
    let build = Build::program("two_crates", variant);
    matrix.accepted("an event in one crate", &build, ONE);
    for &other in others {
        let what = format!("the same event in `{}` and `uart`", other.krate);
        let build = build.clone().mistake(other.krate);
        let lines = [(UART, other), (other, UART)];
        let lines = lines.map(|(first, second)| clash(variant, 3, first, second));
        matrix.refused(&what, &build, &lines);
    }
}

/// What is said while linking of two handlers for one event.
fn clash(variant: Variant, event: u32, first: Place, second: Place) -> String {
    let symbol = SYMBOL.replace('3', &event.to_string());
    let [one, other] = [first, second].map(|place| {
        let name = place.function.rsplit("::").next().unwrap_or_default();
        (name, format!("(.rodata.{name} of {}+0x0)", place.krate))
    });
    match (variant.lto, variant.linker) {
        // In one unit, it is the assembler that finds the second.
        (Fat, _) => format!(
            "error: …event {event} of `kernel::IRQS` has two handlers: {symbol} is already defined, \
             and `{}` of `{}` defines it again",
            other.0, second.krate
        ),
        (_, Mold) => format!("= note: mold: error: duplicate symbol: …: {symbol}"),
        (_, Bfd) => {
            let (one, other) = (one.1, other.1);
            format!("…:{other}: multiple definition of `{symbol}'; …:{one}: first defined here")
        }
        (_, Lld) => format!(
            "= note: rust-lld: error: duplicate symbol: {symbol}\n\
             >>> defined at …\n\
             >>> …:{}…\n\
             >>> defined at …\n\
             >>> …:{}…",
            one.1, other.1
        ),
    }
}

/// A handler whose index is an expression has the symbol of one with a literal.
#[test]
fn one_event_twice_by_an_expression() {
    let mut matrix = Matrix::new();
    for variant in SOME {
        expression(&mut matrix, variant);
    }
}

#[test]
#[ignore = "all ways to build"]
fn one_event_twice_by_an_expression_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        expression(&mut matrix, variant);
    }
}

/// In the program's own crate, by an expression.
const SECOND: Place = Place {
    krate: "expression",
    function: "expression::second",
};

/// In the same crate, by another expression.
const THIRD: Place = Place {
    krate: "expression",
    function: "expression::third",
};

fn expression(matrix: &mut Matrix, variant: Variant) {
    let build = Build::program("expression", variant);
    let expected = "kernel::IRQS: 3 loaded: 3=1003 4=1004 5=1005\n";
    matrix.accepted("expressions for other events", &build, expected);
    for (mistake, other, event) in [("literal", UART, 3), ("expression", THIRD, 4)] {
        let orders = [(other, SECOND), (SECOND, other)];
        // Two of one crate may be in one unit, as with fat LTO.
        let fat = Variant {
            lto: Fat,
            ..variant
        };
        let lines: Vec<String> = [variant, fat]
            .into_iter()
            .flat_map(|variant| orders.map(|(first, second)| clash(variant, event, first, second)))
            .collect();
        let build = build.clone().mistake(mistake);
        let what = format!("an expression for the event of another, mistake {mistake}");
        matrix.refused(&what, &build, &lines);
    }
}

#[test]
fn a_required_handler_is_missing() {
    let mut matrix = Matrix::new();
    for variant in SOME {
        required(&mut matrix, variant, &[UNMENTIONED]);
    }
    for variant in SOME.into_iter().filter(without_lto) {
        required(&mut matrix, variant, &[UNWRITTEN, CONSTANT, LIBRARY]);
    }
}

#[test]
#[ignore = "all ways to build"]
fn a_required_handler_is_missing_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        required(
            &mut matrix,
            variant,
            &[UNMENTIONED, UNWRITTEN, CONSTANT, LIBRARY],
        );
    }
}

/// A mistake, what it is, the event that has no handler, and how it was named.
type Missing = (&'static str, &'static str, usize, &'static str);

/// By a crate of which nothing else is used: its object must not stay in its archive.
const LIBRARY: Missing = ("library", "in no crate, by a library", 9, "");

const UNMENTIONED: Missing = ("unmentioned", "in no crate that is mentioned", 3, "…");
const UNWRITTEN: Missing = ("unwritten", "in no crate", 9, "");
const CONSTANT: Missing = ("constant", "in no crate, by a constant", 9, " (NINE)");

fn required(matrix: &mut Matrix, variant: Variant, mistakes: &[Missing]) {
    let build = Build::program("required", variant);
    matrix.accepted("a required handler", &build, ONE);
    for (mistake, what, event, name) in mistakes {
        let symbol = SYMBOL.replace('3', &event.to_string());
        let krate = if *mistake == "library" {
            "needs"
        } else {
            "required"
        };
        let section = format!("(.rodata.event {event}{name} required by {krate}+0x0)");
        // With fat LTO, all is one object, that of the program.
        let object = if variant.lto == Fat {
            "required"
        } else {
            krate
        };
        let refusal = undefined(variant, object, &symbol, &section);
        let build = build.clone().mistake(mistake);
        matrix.refused(&format!("a required handler: {what}"), &build, &[refusal]);
    }
}

/// What a linker says of a symbol that is missing.
fn undefined(variant: Variant, program: &str, symbol: &str, section: &str) -> String {
    match variant.linker {
        Lld => format!(
            "= note: rust-lld: error: undefined symbol: {symbol}\n\
             >>> referenced by …\n\
             >>> …{program}-…:{section}…"
        ),
        Bfd => format!("…ld.bfd: …{program}-…:{section}: undefined reference to `{symbol}'"),
        Mold => format!("= note: mold: error: undefined symbol: {symbol}"),
    }
}

#[test]
fn no_handler_is_lost() {
    let mut matrix = Matrix::new();
    for variant in SOME {
        survive(&mut matrix, variant, &[]);
    }
}

#[test]
#[ignore = "all ways to build"]
fn no_handler_is_lost_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        survive(&mut matrix, variant, &[]);
    }
    for variant in SOME {
        survive(&mut matrix, variant, &["-Clink-dead-code=no"]);
        survive(&mut matrix, variant, &["-Cstrip=symbols"]);
        survive(&mut matrix, variant, &["-Ctarget-feature=+crt-static"]);
        survive(&mut matrix, variant, &["-Crelocation-model=static"]);
        if variant.linker == Lld {
            survive(&mut matrix, variant, &["-Clink-arg=-Wl,--icf=all"]);
        }
    }
}

/// What stands in `survive`, and nothing refers to: the control. It is gone if
/// the linker drops what is not used.
const UNUSED: &str = "nothing refers to these 32 bytes";

/// What `survive` prints.
fn survivors() -> String {
    format!(
        "kernel::IRQS: {ALL}\
         board::IRQS: 1 loaded: 3=1203\n\
         first::EVENTS: 1 loaded: 1=1301\n\
         second::EVENTS: 1 loaded: 1=1401\n"
    )
}

fn survive(matrix: &mut Matrix, variant: Variant, flags: &[&str]) {
    let build = Build::program("survive", variant).flags(flags);
    let what = format!("--gc-sections {}", flags.join(" "));
    if let Some(program) = matrix.accepted(&what, &build, &survivors()) {
        let dropped = !holds(&program, UNUSED);
        matrix.row("  it drops what is not used", variant, "", dropped);
    }
}

#[test]
fn no_handler_is_lost_where_unused_code_stays() {
    let mut matrix = Matrix::new();
    let variant = SOME[0];
    let build = Build::program("survive", variant).flags(&["-Clink-dead-code=yes"]);
    let program = build.run().expect("it builds");
    let found = output_of(&mut Command::new(&program));
    let good = found.starts_with(&format!("kernel::IRQS: {ALL}"));
    matrix.row("no --gc-sections", variant, &found, good);
    let kept = holds(&program, UNUSED);
    matrix.row("  it keeps what is not used", variant, "", kept);
}

#[test]
fn no_handler_is_lost_to_start_stop_gc() {
    let mut matrix = Matrix::new();
    for variant in SOME.into_iter().filter(without_lto) {
        start_stop(&mut matrix, variant);
    }
}

#[test]
#[ignore = "all ways to build"]
fn no_handler_is_lost_to_start_stop_gc_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        start_stop(&mut matrix, variant);
    }
}

fn start_stop(matrix: &mut Matrix, variant: Variant) {
    // The control: of two elements in a section like that of the handlers, one
    // is not `#[used]`, and goes if the linker drops such elements. With debug
    // information that names it, bfd does not.
    let dropped = (variant.linker, variant.profile) != (Bfd, Debug);
    for (flag, elements) in [
        ("start-stop-gc", if dropped { 1 } else { 2 }),
        ("nostart-stop-gc", 2),
    ] {
        let flags = [&*format!("-Clink-arg=-Wl,-z,{flag}")];
        let build = Build::program("start_stop", variant).flags(&flags);
        let expected = format!(
            "{elements} of 2\n\
             kernel::IRQS: 5 loaded: 3=1003 5=1005 10=1010 11=1011 17=1017\n"
        );
        matrix.accepted(&format!("-z {flag}"), &build, &expected);
    }
}

#[test]
fn a_static_library_in_c() {
    let mut matrix = Matrix::new();
    for variant in SOME {
        archive(&mut matrix, variant);
    }
}

#[test]
#[ignore = "all ways to build"]
fn a_static_library_in_c_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        archive(&mut matrix, variant);
    }
}

/// What a static library of Rust needs.
const LIBRARIES: [&str; 7] = [
    "-lgcc_s",
    "-lutil",
    "-lrt",
    "-lpthread",
    "-lm",
    "-ldl",
    "-lc",
];

fn archive(matrix: &mut Matrix, variant: Variant) {
    let all = format!("left: {ALL}");
    let build = Build::staticlib("left", variant);
    let cured = build.clone().flags(&["--cfg", "cured"]);

    // A linker takes an object file out of an archive if something refers to
    // it, and nothing refers to a driver. Fat LTO makes one object file of all.
    let lost = "left: 1 loaded: 6=1006\n".to_owned();
    let plain = [if variant.lto == Fat { &all } else { &lost }];
    link_archive(matrix, "an archive", &build, false, &plain);
    link_archive(matrix, "a whole archive", &build, true, &[&all]);

    // `require!` refers to it, also to the one whose index is an expression.
    link_archive(matrix, "an archive, required", &cured, false, &[&all]);
}

fn link_archive(matrix: &mut Matrix, what: &str, build: &Build, whole: bool, good: &[&String]) {
    let variant = build.variant;
    let library = match build.run() {
        Ok(library) => library.display().to_string(),
        Err(error) => return matrix.row(what, variant, &error, false),
    };
    for flags in [
        "",
        "-Wl,--gc-sections",
        "-Wl,--gc-sections,-z,start-stop-gc",
    ] {
        let mut arguments: Vec<&str> = flags.split_whitespace().collect();
        if whole {
            arguments.extend(["-Wl,--whole-archive", &library, "-Wl,--no-whole-archive"]);
        } else {
            arguments.push(&library);
        }
        arguments.extend(LIBRARIES);
        let what = format!("{what} {flags}");
        match link_c("call_left.c", variant.linker, &arguments) {
            Ok(program) => {
                let found = output_of(&mut Command::new(program));
                matrix.row(&what, variant, &found, good.contains(&&found));
            }
            Err(error) => matrix.row(&what, variant, &error, false),
        }
    }
}

#[test]
fn one_event_twice_in_a_static_library_in_c() {
    let mut matrix = Matrix::new();
    for variant in SOME {
        let build = Build::staticlib("left", variant).mistake("rival");
        let result = build.run().and_then(|library| {
            let library = library.display().to_string();
            let whole = ["-Wl,--whole-archive", &library, "-Wl,--no-whole-archive"];
            let arguments: Vec<&str> = whole.into_iter().chain(LIBRARIES).collect();
            link_c("call_left.c", variant.linker, &arguments)
        });
        let expected = match (variant.lto, variant.linker) {
            (Fat, _) => "error: event 3 of `kernel::IRQS` has two handlers: …",
            (_, Lld) => "…: error: duplicate symbol: handler_for_event_3_of_kernel::IRQS[…]",
            (_, Bfd | Mold) => {
                "…: multiple definition of `handler_for_event_3_of_kernel::IRQS[…]'; …"
            }
        };
        let (linked, found) = match result {
            Ok(program) => (true, output_of(&mut Command::new(program))),
            Err(error) => (false, error),
        };
        let good = says(&found, expected) && !linked;
        let what = "a whole archive with the same event twice";
        matrix.row(what, variant, &found, good);
    }
}

#[test]
fn two_dynamic_libraries_in_c() {
    let mut matrix = Matrix::new();
    for variant in SOME {
        dynamic_libraries(&mut matrix, variant);
    }
}

#[test]
#[ignore = "all ways to build"]
fn two_dynamic_libraries_in_c_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        dynamic_libraries(&mut matrix, variant);
    }
}

fn dynamic_libraries(matrix: &mut Matrix, variant: Variant) {
    let [left, right] = ["left", "right"].map(|name| {
        let library = Build::cdylib(name, variant).run();
        library.unwrap_or_else(|error| panic!("{variant}: {error}"))
    });

    let arguments = [&*left.to_string_lossy(), "-ldl"];
    let linked = link_c("call_left.c", variant.linker, &arguments).expect("it links");
    let found = output_of(&mut Command::new(linked));
    let good = found == format!("left: {ALL}");
    matrix.row("a cdylib, linked", variant, &found, good);

    let program = link_c("load_both.c", variant.linker, &["-ldl"]).expect("it links");
    let found = output_of(Command::new(program).arg(&left).arg(&right));
    let good = found == format!("left: {ALL}right: 3 loaded: 3=1103 5=1005 7=1007\n");
    matrix.row("two cdylibs, loaded", variant, &found, good);

    for (library, function) in [(left, "left"), (right, "right")] {
        let exports = exports(&library);
        let good = exports.iter().any(|name| name == function)
            && !exports
                .iter()
                .any(|name| name.contains("handler_for_event"));
        matrix.row("  it exports", variant, &exports.join(" "), good);
    }
}

/// What the documentation says does not work: `init` sees the handlers of the
/// dynamic library that the table is in, and no others.
#[test]
fn a_handler_outside_of_the_dynamic_library_of_its_table() {
    let mut matrix = Matrix::new();
    // rustc refuses LTO here.
    for variant in SOME.into_iter().filter(without_lto) {
        let what = "a Rust dylib";
        match Build::dynamic(variant).run() {
            Ok(program) => {
                let found =
                    output_of(Command::new(&program).env("LD_LIBRARY_PATH", libraries(&program)));
                let good = found == "shared: 1 loaded: 1=1001\n";
                matrix.row(what, variant, &found, good);
            }
            Err(error) => matrix.row(what, variant, &error, false),
        }
    }
}

/// Shared actions link beside each other, exclusive ones beside none.
#[test]
fn actions() {
    let mut matrix = Matrix::new();
    for variant in SOME {
        linked_actions(&mut matrix, variant);
    }
}

#[test]
#[ignore = "all ways to build"]
fn actions_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        linked_actions(&mut matrix, variant);
    }
}

fn linked_actions(matrix: &mut Matrix, variant: Variant) {
    let build = Build::program("actions", variant);
    let expected = "5 loaded: 3=first+shared+far 4=alone 5=other\n";
    matrix.accepted("shared and exclusive actions", &build, expected);

    // In one crate, which rustc finds if the indices are literals.
    let symbol = |event: u32| format!("handler_for_event_{event}_of_board::LINES[…]");
    let refusals = |event: u32| {
        [
            format!(
                "error: symbol `{}_in_actions` is already defined",
                symbol(event)
            ),
            format!("error: …event {event} of `board::LINES` has two handlers…"),
            format!(
                "= note: rust-lld: error: duplicate symbol: {}",
                symbol(event)
            ),
            format!("…: multiple definition of `{}'; …", symbol(event)),
        ]
    };
    for (mistake, event) in [
        ("twice", 4),
        ("twice by a constant", 4),
        ("beside", 3),
        ("far beside", 3),
        ("shared beside", 4),
    ] {
        let build = build.clone().mistake(mistake);
        matrix.refused(mistake, &build, &refusals(event));
    }
    for mistake in ["missing", "missing by a constant"] {
        let refusal = match variant.linker {
            Lld => format!("= note: rust-lld: error: undefined symbol: {}", symbol(7)),
            _ => format!("…: undefined reference to `{}'", symbol(7)),
        };
        matrix.refused(mistake, &build.clone().mistake(mistake), &[refusal]);
    }
}

/// Every event of a type, by the name of each.
#[test]
fn events_of_a_type() {
    let mut matrix = Matrix::new();
    for variant in SOME {
        typed(&mut matrix, variant);
    }
}

#[test]
#[ignore = "all ways to build"]
fn events_of_a_type_in_all_ways() {
    let mut matrix = Matrix::new();
    for variant in all() {
        typed(&mut matrix, variant);
    }
}

fn typed(matrix: &mut Matrix, variant: Variant) {
    let build = Build::program("typed", variant);
    let expected = "Timer=1016 Uart=2000 Disk=1017\n";
    matrix.accepted("events of a type", &build, expected);
    for (mistake, event, name) in [("uart", 1000, "Irq::Uart"), ("disk", 17, "Irq::Disk")] {
        let symbol = format!("handler_for_event_{event}_of_board::TYPED[…]");
        let section = format!("(.rodata.event {event} ({name}) required by typed+0x0)");
        let refusal = undefined(variant, "typed", &symbol, &section);
        let build = build.clone().mistake(mistake);
        matrix.refused(&format!("all but {name}"), &build, &[refusal]);
    }
    let build = build.mistake("twice");
    let refusals = [
        "error: …event 1000 of `board::TYPED` has two handlers…".to_owned(),
        "= note: rust-lld: error: duplicate symbol: handler_for_event_1000_of_board::TYPED[…]"
            .to_owned(),
        "…: multiple definition of `handler_for_event_1000_of_board::TYPED[…]'; …".to_owned(),
    ];
    matrix.refused("one event of a type twice", &build, &refusals);
}

/// `mold` puts sections of one name together only if their flags are the same.
#[test]
fn no_handler_and_no_mistake_is_lost_to_mold() {
    if !Mold.is_installed() {
        return eprintln!("not tried: `mold` is not installed");
    }
    let mut matrix = Matrix::new();
    for profile in [Debug, Release] {
        let variant = variant(profile, Local, None, Mold);
        survive(&mut matrix, variant, &[]);
        required(&mut matrix, variant, &[UNMENTIONED]);
        two_crates(&mut matrix, variant, &[RIVAL]);
        // Where addresses are fixed, entries have no relocations.
        let fixed =
            Build::program("survive", variant).flags_everywhere(&["-Crelocation-model=static"]);
        matrix.accepted("fixed addresses", &fixed, &survivors());
    }
}

/// Neither sees the entries of the other.
#[test]
fn two_incompatible_versions_in_one_program() {
    let mut matrix = Matrix::new();
    for variant in [SOME[0], SOME[4], SOME[7]] {
        let build = Build::versions("incompatible", variant);
        let expected = "Ok(1) Ok(1)\nSome(1003) Some(2003)\n";
        matrix.accepted("two incompatible versions", &build, expected);
        // The control.
        let build = Build::versions("clashing", variant);
        let expected = "Err(SectionLost) Err(SectionLost)\n";
        matrix.accepted("with one section", &build, expected);
    }
}

/// A test program may have the crate that is tested twice.
#[test]
fn a_crate_that_its_tests_depend_on() {
    let mut matrix = Matrix::new();
    for variant in [SOME[0], SOME[1]] {
        let build = Build::tests("cycle", variant);
        let what = "a table that is in the program twice";
        let found = match build.run() {
            Ok(program) => output_of(Command::new(program).arg("--nocapture")),
            Err(error) => error,
        };
        let good = says(&found, "[Ok(1), Ok(2)]");
        matrix.row(what, variant, &found, good);

        let build = build.mistake("required");
        let found = match build.run() {
            Ok(_) => "it built".to_owned(),
            Err(error) => error,
        };
        let good = says(
            &found,
            match variant.linker {
                Lld => "…undefined symbol: handler_for_event_5_of_cycle::IRQS[…]",
                _ => "…undefined reference to `handler_for_event_5_of_cycle::IRQS[…]'",
            },
        );
        matrix.row("  it requires what the other has", variant, &found, good);
    }
}

/// A glob import brings the macro of one table, and a `static` of the crate's own is
/// the other.
#[test]
fn a_handler_of_a_table_without_the_attribute() {
    let mut matrix = Matrix::new();
    for variant in [SOME[0], SOME[5]] {
        let build = Build::program("glob", variant);
        let expected = "kernel::IRQS: 1 loaded: 3=1003\nIRQS: 1 loaded: 3=1003\n";
        matrix.accepted("a table by a glob import", &build, expected);

        let refusals = ["kernel::IRQS", "IRQS"].map(|name| {
            format!(
                "{name}: `glob::uart` at program/src/bin/glob.rs:… is a static handler of a table \
                 without `#[handler_table]`, so nothing would load it: …"
            )
        });
        let build = build.mistake("undeclared");
        matrix.printed(
            "beside one without the attribute",
            &build,
            &[refusals.join("\n")],
        );
    }
}

/// The text of a symbol is of identifiers, whoever calls the macros.
#[test]
fn no_text_gets_into_assembly() {
    let mut matrix = Matrix::new();
    let variant = SOME[0];
    let build = Build::program("assembly", variant);
    let expected = "text ran: 1\nOk(1) ()\n";
    matrix.accepted("a macro that takes text", &build, expected);
    for (mistake, words) in [
        ("function", "error: no rules expected …"),
        ("table", "error: no rules expected …"),
        ("index", "error: invalid type for `const` operand"),
    ] {
        let build = build.clone().mistake(mistake);
        let what = format!("text for the name of the {mistake}");
        matrix.refused(&what, &build, &[words.to_owned()]);
    }
}
