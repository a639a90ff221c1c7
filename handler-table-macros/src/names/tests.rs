use super::{Environment, identities};
use proc_macro2::{Ident, Span, TokenStream};

/// A package in a directory, with a file and a place in it.
pub(crate) struct Package {
    pub(crate) directory: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: usize,
}

pub(crate) const PACKAGE: Package = Package {
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

    fn repeated(&self, _: u64) -> u64 {
        0
    }
}

/// A compiler that was not called by Cargo, but perhaps by something that sets its
/// variables to nothing.
pub(crate) struct NoCargo(pub(crate) Option<&'static str>);

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

    fn repeated(&self, _: u64) -> u64 {
        0
    }
}

pub(crate) fn tokens(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

pub(crate) fn text(tokens: &TokenStream) -> String {
    tokens.to_string().replace([' ', '\n'], "")
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
