use super::require;
use crate::names::tests::{text, tokens};

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
