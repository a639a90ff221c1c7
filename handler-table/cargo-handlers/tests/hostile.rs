//! No file makes the program panic.
#![cfg(target_os = "linux")]

mod support;

use cargo_handlers::check::check;
use cargo_handlers::diff::Diff;
use cargo_handlers::report::of_file;
use proptest::prelude::*;
use proptest::sample::Index;
use std::fs;
use std::process::Command;
use std::sync::OnceLock;
use support::{MACHINES, example, image, unnamed_image};

/// Reads it, and prints it in every way.
fn use_all(file: &[u8]) -> bool {
    let Ok(report) = of_file(file) else {
        return false;
    };
    let _ = report.to_string();
    serde_json::to_string(&report).unwrap();
    Diff::new(&report, &report).to_string();
    check(&report, "a 1 b\n!* * *").unwrap();
    true
}

/// Bytes and where they go: near the start, near the end, near an entry, or anywhere.
fn places(image: &[u8]) -> Vec<std::ops::Range<usize>> {
    let length = image.len();
    let mut places = vec![
        0..length,
        0..length.min(0x400),
        length.saturating_sub(0x1000)..length,
    ];
    for at in 0..length - 8 {
        if image[at..].starts_with(b"handlers") || image[at..].starts_with(b"handler_table_0_1") {
            places.push(at.saturating_sub(0x100)..length.min(at + 0x100));
        }
    }
    places
}

type Change = (Index, Index, u8);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let byte = prop_oneof![Just(0), Just(1), Just(0xff), any::<u8>()];
    proptest::collection::vec((any::<Index>(), any::<Index>(), byte), 1..6)
}

fn mutate(image: &mut [u8], places: &[std::ops::Range<usize>], changes: &[Change]) {
    for (place, offset, byte) in changes {
        let place = place.get(places);
        image[place.start + offset.index(place.len())] = *byte;
    }
}

fn real() -> &'static (Vec<u8>, Vec<std::ops::Range<usize>>) {
    static REAL: OnceLock<(Vec<u8>, Vec<std::ops::Range<usize>>)> = OnceLock::new();
    REAL.get_or_init(|| {
        let image = fs::read(example("board")).unwrap();
        let places = places(&image);
        (image, places)
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_real_image_with_other_bytes(changes in changes()) {
        let (image, places) = real();
        let mut image = image.clone();
        mutate(&mut image, places, &changes);
        use_all(&image);
    }

    #[test]
    fn a_real_image_that_ends_early(at in any::<Index>()) {
        let (image, _) = real();
        prop_assert!(!use_all(&image[..at.index(image.len())]));
    }

    #[test]
    fn an_image_of_any_machine_with_other_bytes(
        machine in 0_usize..4,
        changes in proptest::collection::vec(changes(), 50),
    ) {
        let whole = image(MACHINES[machine]);
        let places = places(&whole);
        for changes in changes {
            let mut image = whole.clone();
            mutate(&mut image, &places, &changes);
            use_all(&image);
        }
    }

    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.extend(bytes);
        use_all(&file);
    }
}

/// Each byte of the small images, with the values that are most likely to matter.
#[test]
fn every_byte_in_turn() {
    let images = MACHINES.map(image).into_iter();
    for whole in images.chain(MACHINES.map(unnamed_image)) {
        assert!(use_all(&whole));
        let mut image = whole.clone();
        for at in 0..whole.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff, whole[at] ^ 1] {
                image[at] = byte;
                use_all(&image);
            }
            image[at] = whole[at];
        }
    }
}

/// Any number may be large: of bytes, of events, of slots, of relocations.
#[test]
fn large_numbers_take_no_memory() {
    let whole = image(MACHINES[2]);
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("large");
    for at in (0..whole.len() - 8).step_by(8) {
        for number in [0x0010_0000_u64, 0x7fff_ffff, 1 << 40, u64::MAX >> 1] {
            let mut image = whole.clone();
            image[at..at + 8].copy_from_slice(&number.to_le_bytes());
            fs::write(&path, &image).unwrap();
            let mut shell = Command::new("sh");
            // In units of 1,024 bytes.
            shell.args(["-c", "ulimit -v 100000; exec \"$0\" \"$1\""]);
            let output = shell.arg(support::PROGRAM).arg(&path).output().unwrap();
            let code = output.status.code();
            assert!(
                matches!(code, Some(0 | 2)),
                "{at:#x} {number:#x}: {output:?}"
            );
        }
    }
}
