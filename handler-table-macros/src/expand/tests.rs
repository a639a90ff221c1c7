use super::{Environment, event_handler, handler_table, identities, require};
use proc_macro2::{Ident, Span, TokenStream};

/// A package in a directory, with a file and a place in it.
struct Package {
    directory: &'static str,
    file: &'static str,
    line: usize,
}

const PACKAGE: Package = Package {
    directory: "/home/me/kernel",
    file: "src/irq.rs",
    line: 7,
};

impl Environment for Package {
    fn file(&self, _: Span) -> String {
        self.file.to_owned()
    }

    fn line(&self, _: Span) -> usize {
        self.line
    }

    fn column(&self, _: Span) -> usize {
        1
    }

    fn variable(&self, name: &str) -> Option<String> {
        let value = match name {
            "CARGO_CRATE_NAME" => "kernel",
            "CARGO_MANIFEST_DIR" => self.directory,
            "CARGO_PKG_VERSION" => "1.2.3",
            _ => return None,
        };
        Some(value.to_owned())
    }
}

/// A compiler that was not called by Cargo, but perhaps by something that sets its
/// variables to nothing.
struct NoCargo(Option<&'static str>);

impl Environment for NoCargo {
    fn file(&self, _: Span) -> String {
        "irq.rs".to_owned()
    }

    fn line(&self, _: Span) -> usize {
        7
    }

    fn column(&self, _: Span) -> usize {
        1
    }

    fn variable(&self, _: &str) -> Option<String> {
        self.0.map(str::to_owned)
    }
}

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

fn text(tokens: &TokenStream) -> String {
    tokens.to_string().replace([' ', '\n'], "")
}

fn event(args: &str, item: &str) -> String {
    text(&event_handler(tokens(args), &tokens(item), &PACKAGE))
}

#[test]
fn a_handler_is_its_function_and_an_entry() {
    let item = "#[inline]pubfnuart(frame:&mutFrame)->bool{true}";
    let output = event(
        "a::IRQS, 0x3",
        "#[inline] pub fn uart(frame: &mut Frame) -> bool { true }",
    );
    assert!(output.starts_with(item), "{output}");
    for part in [
        "usea::IRQS;",
        "IRQS!{(::handler_table)handler[3u64_3uartkernel__handler_table_labelstaticSYMBOL:()=();]\
         UART_HANDLER[",
        "[::handler_table::__private::Registration][::handler_table::__private::ActionWithoutOptions]",
        "[{of_table:&IRQS,at_index:0x3,with_handler:uart,}.entry(",
        "\"a::IRQS\"",
        "\"::uart\"",
        "\"src/irq.rs\"",
        "7u32",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

/// It may be declared in a function, of which a `use` sees nothing.
#[test]
fn a_table_in_scope_is_not_imported() {
    let output = event("IRQS, 3", "fn uart() {}");
    assert!(!output.contains("useIRQS"), "{output}");
    let output = text(&require(tokens("IRQS, 3")));
    assert!(!output.contains("useIRQS"), "{output}");
}

#[test]
fn an_expression_has_no_symbol() {
    assert!(
        event("IRQS, 1 + 2", "fn uart() {}")
            .contains("IRQS!{(::handler_table)handler[]UART_HANDLER[")
    );
}

#[test]
fn options_are_fields_of_an_action() {
    let output = event("IRQS, 3", "fn uart() {}");
    assert!(output.contains(")]}"), "{output}");
    let output = event(
        "IRQS, 3, context = a::UART, priority = P + 1, name = NAME",
        "fn uart() {}",
    );
    for part in [
        "[3u64_3uartkernel__handler_table_labelstaticSYMBOL:()=();]UART_HANDLER[",
        "__private::ActionWithContext]",
        "with_context:&a::UART,with_handler:uart,with_name:NAME,is_shared:false,at_priority:P+1,}",
        "`context`isanoptionforatableofactions",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    // What is shared has no symbol.
    let output = event("IRQS, 3, shared", "fn uart() {}");
    for part in [
        "[]UART_HANDLER",
        "__private::ActionWithOptions]",
        "with_handler:uart,with_name:\"\",is_shared:true,at_priority:0,}",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

#[test]
fn conditions_stand_on_the_entry_too() {
    let output = event("IRQS, 3", "#[cfg(a)] fn uart() {}");
    assert_eq!(output.matches("#[cfg(a)]").count(), 2, "{output}");
}

#[test]
fn names_do_not_clash_with_the_users() {
    let output = event("UART_HANDLER, UART_HANDLER_", "fn uart() {}");
    assert!(output.contains("]UART_HANDLER__["), "{output}");
    let output = event("SYMBOL, 3", "fn symbol() {}");
    assert!(output.contains("staticSYMBOL_:"), "{output}");
}

#[test]
fn an_error_keeps_the_function() {
    for (args, item) in [
        ("", "fn uart() { body() }"),
        ("IRQS, \"3\"", "fn uart() { body() }"),
        ("IRQS, 3", "async fn uart() { body() }"),
        ("IRQS, 3", "struct Uart;"),
    ] {
        let output = event(args, item);
        assert_eq!(output.matches("compile_error").count(), 1, "{output}");
        assert!(output.ends_with(&text(&tokens(item))), "{output}");
        assert!(!output.contains("IRQS!"), "{output}");
    }
}

#[test]
fn a_table_is_a_static_an_entry_and_a_macro() {
    let declared = |item: &str| text(&handler_table(TokenStream::new(), &tokens(item), &PACKAGE));
    let (_, [hash, in_test]) = identities(&Ident::new("IRQS", Span::call_site()), &PACKAGE);
    let output = declared("#[doc = \"d\"] #[cfg(a)] static IRQS: HandlerTable<8, fn(u8)>;");
    assert!(output.starts_with("#[doc=\"d\"]#[cfg(a)]staticIRQS:HandlerTable<8,fn(u8)>=unsafe{"));
    for part in [
        "staticIRQS_DECLARATION=unsafe{::handler_table::__private::Entry::table(".to_owned(),
        "(&IRQS,\"kernel::IRQS\",&LOAD)".to_owned(),
        format!("#[cfg(not(test))]macro_rules!__handler_table_IRQS_{hash}"),
        format!("#[cfg(test)]macro_rules!__handler_table_IRQS_{hash}"),
        format!("functions[kernelIRQS{hash}]"),
        format!("functions[kernelIRQS{in_test}]"),
        format!("use__handler_table_IRQS_{hash}asIRQS;"),
    ] {
        assert!(output.contains(&part), "{part} in {output}");
    }
    // The static, its entry, its macro, with and without tests, and the import of that.
    assert_eq!(output.matches("#[cfg(a)]").count(), 5, "{output}");
    assert!(!output.contains("macro_export"));

    let public = declared("pub static IRQS: HandlerTable<8>;");
    assert!(
        public.contains("#[doc(hidden)]#[macro_export]macro_rules!"),
        "{public}"
    );
    let in_crate = declared("pub(crate) static IRQS: HandlerTable<8>;");
    assert!(!in_crate.contains("macro_export") && in_crate.contains("pub(crate)use__handler"));
}

#[test]
fn a_table_of_actions_says_so() {
    let item = tokens("static IRQS: handler_table::ActionTable<8, Frame>;");
    let output = text(&handler_table(TokenStream::new(), &item, &PACKAGE));
    for part in [
        "staticIRQS:handler_table::ActionTable<8,Frame>=::handler_table::ActionTable::new();",
        "Entry::actions(&IRQS,\"kernel::IRQS\",&LOAD)",
        "{actions[kernelIRQS",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    let plain = tokens("static IRQS: HandlerTable<8>;");
    let output = text(&handler_table(TokenStream::new(), &plain, &PACKAGE));
    assert!(output.contains("{functions[kernelIRQS") && !output.contains("action"));
}

#[test]
fn an_error_keeps_the_static() {
    let declared =
        |args: &str, item: &str| text(&handler_table(tokens(args), &tokens(item), &PACKAGE));
    // Put right, and the rest of it made all the same.
    for (args, item) in [
        ("", "static mut IRQS: HandlerTable<8>;"),
        ("", "static IRQS: HandlerTable<8> = HandlerTable::new();"),
        ("8", "static IRQS: HandlerTable<8>;"),
        ("crate = 8", "static IRQS: HandlerTable<8>;"),
    ] {
        let output = declared(args, item);
        assert_eq!(output.matches("compile_error").count(), 1, "{output}");
        assert!(
            output.contains("staticIRQS:HandlerTable<8>=unsafe{"),
            "{output}"
        );
        assert!(output.contains("asIRQS;"), "{output}");
    }
    let output = declared("", "const IRQS: u8 = 3;");
    assert_eq!(output.matches("compile_error").count(), 1);
    assert!(output.ends_with("constIRQS:u8=3;"));
}

#[test]
fn an_identity_is_one_on_every_machine() {
    let name = Ident::new("IRQS", Span::call_site());
    let here = identities(&name, &PACKAGE);
    assert_eq!(here.0, "kernel::IRQS");
    let [plain, test] = &here.1;
    assert_eq!(plain.to_string().len(), 8);
    assert_ne!(plain, test);
    // The same file, given in full, in another directory.
    let there = Package {
        directory: "/build/kernel",
        file: "/build/kernel/src/irq.rs",
        line: 7,
    };
    let relative = Package {
        file: "/src/irq.rs",
        ..there
    };
    assert_eq!(identities(&name, &there), identities(&name, &relative));

    let below = Package { line: 8, ..PACKAGE };
    assert_ne!(identities(&name, &below).1, here.1);
    let other = Package {
        file: "src/trap.rs",
        ..PACKAGE
    };
    assert_ne!(identities(&name, &other).1, here.1);
    for variables in [None, Some(""), Some("no-identifier")] {
        assert_eq!(identities(&name, &NoCargo(variables)).0, "crate::IRQS");
    }
}

#[test]
fn a_requirement_is_checked_and_referred_to() {
    let output = text(&require(tokens("a::IRQS, 1, 0x3")));
    for part in [
        "usea::IRQS;",
        "require(&IRQS,1,\"a::IRQS\");",
        "require(&IRQS,0x3,\"a::IRQS\");",
        "IRQS!{(::handler_table)requiredIRQS[_11][_30x3]}",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    let error = text(&require(tokens("IRQS, X")));
    assert!(
        error.contains("compile_error") && !error.contains("IRQS!"),
        "{error}"
    );
}
