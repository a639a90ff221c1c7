use super::{Errors, declaration, event, requirement};
use proc_macro2::{Span, TokenStream};

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

/// Table, index, its literal value and the path of the crate; or the errors.
fn read(args: &str) -> Result<(String, String, Option<u64>, String), String> {
    let mut errors = Errors::default();
    let event = event(tokens(args), Span::call_site(), &mut errors);
    let failed = errors.count() > 0;
    let errors = errors.into_tokens().to_string();
    match event {
        Some(event) if !failed => Ok((
            event.table.name,
            event.index.tokens.to_string(),
            event.index.literal,
            event.krate.to_string().replace(' ', ""),
        )),
        _ => Err(errors),
    }
}

fn index_of(args: &str) -> (String, Option<u64>) {
    let (_, index, literal, _) = read(args).expect(args);
    (index, literal)
}

#[test]
fn reads_table_index_and_crate() {
    let (table, index, literal, krate) = read("kernel :: IRQS, 3").unwrap();
    assert_eq!(
        (&*table, &*index, literal, &*krate),
        ("kernel::IRQS", "3", Some(3), "::handler_table")
    );
    let (.., krate) = read("IRQS, 3, crate = kernel::handler_table,").unwrap();
    assert_eq!(krate, "kernel::handler_table");
    // An option may stand anywhere.
    let (table, index, ..) = read("crate = a, ::kernel::IRQS, 3").unwrap();
    assert_eq!((&*table, &*index), ("::kernel::IRQS", "3"));
}

#[test]
fn literals_are_one_whatever_their_spelling() {
    for text in ["3", "0x3", "0b11", "0o3", "3usize", "0_3", "0x0_3usize"] {
        assert_eq!(index_of(&format!("T, {text}")).1, Some(3), "{text}");
    }
    assert_eq!(index_of("T, 18446744073709551615").1, Some(u64::MAX));
}

#[test]
fn expressions_stay_as_they_are() {
    for text in [
        "TIMER",
        "Irq :: Uart as usize",
        "BASE + 2",
        "f :: < 1 , 2 > ()",
        "< T as A < B , C > > :: N",
        // The commas of a type are its own, and the one behind it is not.
        "f :: < Vec < A , B > , C > () , crate = x",
        "f :: < fn (u8) -> u8 , A > () , crate = x",
        "{ let a = 1 ; a }",
        "(3)",
        "(1 , 2) . 0",
        "a < b , crate = x",
        "3 == 3",
        "- X",
    ] {
        let expected = text.split(" , crate").next().unwrap_or_default();
        let (index, literal) = index_of(&format!("T, {text}"));
        assert_eq!(index.replace(' ', ""), expected.replace(' ', ""));
        assert_eq!(literal, None);
    }
}

#[test]
fn every_error_is_told() {
    let errors = read("3.0, -1, 2, colour = 4, crate = 5").unwrap_err();
    assert_eq!(errors.matches("compile_error").count(), 5, "{errors}");
}

#[test]
fn each_error_says_what_to_write() {
    for (args, message) in [
        (
            "3, IRQS",
            "the table comes first: `#[event_handler(IRQS, 3)]`",
        ),
        (
            "a::IRQS",
            "missing event index: write `#[event_handler(a::IRQS, INDEX)]`",
        ),
        ("IRQS, , 4", "`usize` constant: one is missing here"),
        (
            "TIMER + 1, IRQS",
            "the table comes first: `#[event_handler(IRQS, TIMER + 1)]`",
        ),
        (
            "IRQS, index = 3",
            "the index is written without a name: `#[event_handler(IRQS, 3)]`",
        ),
        (
            "IRQS, 3, 4, 5",
            "one attribute is for one event: write `#[event_handler(IRQS, 4)]`",
        ),
        ("IRQS, -1", "it is never negative; the first event is 0"),
        ("IRQS, 3u8", "write `3`"),
        ("IRQS, 3.0", "write a whole number, such as `3`"),
        ("IRQS, 18446744073709551616", "this one is too large"),
        ("IRQS, \"3\"", "write `3`, without the quotes"),
        ("IRQS, \"three\"", "write a whole number, such as `3`"),
    ] {
        let errors = read(args).unwrap_err();
        assert!(errors.contains(message), "{args}: {errors}");
        assert_eq!(
            errors.matches("compile_error").count(),
            1,
            "{args}: {errors}"
        );
    }
}

#[test]
fn no_arguments() {
    assert!(
        read("")
            .unwrap_err()
            .contains("expected `#[event_handler(TABLE, INDEX)]`")
    );
    assert!(read(",").unwrap_err().contains("path of a table"));
    assert!(
        read("crate = a")
            .unwrap_err()
            .contains("expected `#[event_handler(TABLE, INDEX)]`")
    );
}

#[test]
fn declaration_takes_a_crate_only() {
    let read = |args| {
        let mut errors = Errors::default();
        let krate = declaration(tokens(args), &mut errors);
        (krate.map(|krate| krate.to_string()), errors.count())
    };
    assert_eq!(read(""), (Some(":: handler_table".to_owned()), 0));
    assert_eq!(read("crate = a::b"), (Some("a :: b".to_owned()), 0));
    assert_eq!(read("8").1, 1);
    assert_eq!(read("crate = a, crate = b").1, 1);
    assert_eq!(read("crate").1, 1);
    assert_eq!(read("crate = "), (None, 1));
    assert_eq!(read("crate == a").1, 1);
}

#[test]
fn requirement_takes_indices_or_all() {
    let read = |args| {
        let mut errors = Errors::default();
        let requirement = requirement(tokens(args), &mut errors);
        let values = requirement.map(|requirement| {
            let values = requirement.indices.iter().map(|index| index.literal);
            (values.collect::<Vec<_>>(), requirement.all.is_some())
        });
        (values, errors.count())
    };
    let literals = vec![Some(1), Some(3), Some(7)];
    assert_eq!(read("T, 1, 0x3, 7usize,"), (Some((literals, false)), 0));
    assert_eq!(
        read("T, TIMER, A + 1"),
        (Some((vec![None, None], false)), 0)
    );
    assert_eq!(read("T, .."), (Some((vec![], true)), 0));
    assert_eq!(read("T").1, 1);
    assert_eq!(read("T, crate = a").1, 1);
    assert_eq!(read("").1, 1);
    assert_eq!(read("T, TIMER, -1, 3u8").1, 2);
    assert_eq!(read("3, 4").1, 1);
    assert_eq!(read("T, , 4").1, 1);
}

#[test]
fn options_of_actions() {
    let options = |args: &str| {
        let mut errors = Errors::default();
        let event = event(tokens(args), Span::call_site(), &mut errors);
        (
            event.map(|event| event.options),
            errors.into_tokens().to_string(),
        )
    };
    let (event, errors) =
        options("T, shared, 3, name = \"a\", shared, context = a::B, priority = -(1 + 2)");
    // `shared` in the place of the index is an index.
    assert!(
        errors.contains("one attribute is for one event"),
        "{errors}"
    );
    let event = event.unwrap();
    assert_eq!(event.first.unwrap(), "name");
    assert_eq!(event.name.unwrap().to_string(), "\"a\"");
    assert_eq!(event.context.unwrap().to_string().replace(' ', ""), "a::B");
    assert_eq!(
        event.priority.unwrap().to_string().replace(' ', ""),
        "-(1+2)"
    );
    assert!(event.shared.is_some());

    for (args, message) in [
        ("T, 3, shared, shared", "`shared` is given twice"),
        ("T, 3, name = \"a\", name = \"b\"", "`name` is given twice"),
        ("T, 3, shared = true", "leave the `=` out"),
        ("T, 3, context = &UART", "the path of a `static`"),
        ("T, 3, context =", "the path of a `static`"),
        ("T, 3, priority =", "an `i32` constant"),
        ("T, 3, name =", "expected a string"),
        ("T, 3, Shared", "unknown option `Shared`: expected"),
        ("T, 3, context", "`context` takes a value: expected"),
        ("T, 3, name: \"a\"", "an option has `=`, as in `name = …`"),
        ("T, 3, cpu = 4", "unknown option `cpu`"),
        ("T, 3, cpus", "`cpus` takes a value: expected"),
        ("T, 3, cpus =", "a `CpuSet` constant"),
        ("T, 3, handle = a::B", "expected a name for the action"),
        ("T, 3, handle =", "expected a name for the action"),
        ("T, 3, handle = A, handle = B", "`handle` is given twice"),
        ("T, 3, counted, counted", "`counted` is given twice"),
        ("T, 3, disabled = true", "`disabled` takes no value"),
        ("T, 3, non_reentrant", "add its first value"),
    ] {
        let (_, errors) = options(args);
        assert!(errors.contains(message), "{args}: {errors}");
        assert_eq!(
            errors.matches("compile_error").count(),
            1,
            "{args}: {errors}"
        );
    }
}
