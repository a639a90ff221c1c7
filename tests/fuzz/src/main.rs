//! Checks expansions of made-up inputs, without libFuzzer: `COUNT [SEED]`.
//! First those of `seeds`, then changed copies of them and noise. The same
//! inputs for the same seed.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    let number = |at: usize| {
        env::args()
            .nth(at)
            .and_then(|text| text.parse::<u64>().ok())
    };
    let count = number(1).unwrap_or(1_000_000);
    let mut state = number(2).unwrap_or(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = move |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % end
    };

    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut paths: Vec<_> = fs::read_dir(directory)
        .expect("the seeds are there")
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| fs::read(path).expect("readable"))
        .collect();
    assert!(seeds.len() > 5);

    let mut seen = handler_table_fuzz::Seen::default();
    for seed in &seeds {
        seen += handler_table_fuzz::check(seed);
    }
    for _ in 0..count {
        let mut bytes = seeds[random(seeds.len())].clone();
        if random(8) == 0 {
            bytes.truncate(2);
            bytes.extend((0..random(40)).map(|_| random(256) as u8));
        }
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            let byte = random(256) as u8;
            match random(4) {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => {
                    // A piece of another seed, or this one's own again.
                    let other = &seeds[random(seeds.len())];
                    let from = random(other.len());
                    let end = (from + random(6)).min(other.len());
                    bytes.splice(at..at, other[from..end].iter().copied());
                }
            }
        }
        seen += handler_table_fuzz::check(&bytes);
    }
    println!("{count} inputs and {} seeds: {seen:?}", seeds.len());
    // Otherwise there is something to parse, or to complain about, too rarely.
    assert!(count < 1000 || seen.expanded > count / 100 && seen.refused > count / 100);
}
