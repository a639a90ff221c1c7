//! Runs the examples as a reader would, and checks their output and their exit status.

use handler_table::RegisterError;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The top of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn run(example: &str, arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["run", "--quiet", "--example", example, "--"])
        .args(arguments)
        .output()
        .expect("cargo should start")
}

/// The output of the example, which must succeed.
fn stdout(example: &str, arguments: &[&Path]) -> String {
    let output = run(example, arguments);
    let errors = text(&output.stderr);
    assert!(output.status.success(), "{example} failed: {errors}");
    assert_eq!(errors, "", "{example} should print no warning");
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("examples print UTF-8")
}

/// The `Display` text of a handler: its function, file and line.
fn place(function: &str, file: &str) -> String {
    let name = function.rsplit("::").next().unwrap();
    let declaration = format!("fn {name}(");
    let source = fs::read_to_string(root().join(file)).unwrap();
    let line = source
        .lines()
        .position(|line| line.starts_with(&declaration))
        .unwrap_or_else(|| panic!("{file} has no `{declaration}`"));
    format!("`{function}` at {file}:{}", line + 1)
}

#[test]
fn quickstart_explains_every_refusal() {
    const LIBRARY: &str = "examples/src/lib.rs";
    const EXAMPLE: &str = "examples/examples/quickstart.rs";
    let printed = stdout("quickstart", &[]);
    let (usual, errors) = printed
        .split_once("Errors of register:\n")
        .expect("refusals come last");

    let timer = place("handler_table_examples::timer", LIBRARY);
    let uart = place("quickstart::uart", EXAMPLE);
    assert_eq!(
        usual,
        format!(
            "Linked into this program:\n   \
                event 0: {timer}\n   \
                event 3: {uart}\n\
             Before init, event 0 has no handler:\n   \
                event 0: no handler\n\
             init loads them into their slots, once:\n   \
                2 handlers, loaded now\n   \
                2 handlers, loaded before\n\
             Events 0 and 3 have handlers, 5 is spurious, 16 is out of range:\n   \
                timer: tick\n   \
                uart: a byte\n   \
                event 5: no handler\n   \
                event 16: no handler\n\
             Register a handler for event 5 at run time:\n   \
                button: pressed\n\
             Replace it, call the new one and then the old one:\n   \
                button: pressed (the new handler)\n   \
                button: pressed\n\
             Remove it:\n   \
                event 5: no handler\n"
        )
    );

    let mut errors = errors.lines();
    let mut next = || {
        errors
            .next()
            .expect("the list should continue")
            .trim_start()
    };
    let capacity = 16;
    let occupied = RegisterError::Occupied { index: 3, capacity };
    let out_of_range = RegisterError::OutOfRange {
        index: 16,
        capacity,
    };
    assert_eq!(next(), occupied.to_string());
    assert_eq!(next(), out_of_range.to_string());

    assert_eq!(next(), "Errors of init:");
    let run_time = next();
    let linked = place("quickstart::linked", EXAMPLE);
    for part in ["event 1 of `quickstart::LATE`", "at run time", &linked] {
        assert!(run_time.contains(part), "no {part:?} in {run_time:?}");
    }
    let undeclared = next();
    for part in ["4 slots", "not declared", "#[handler_table]"] {
        assert!(undeclared.contains(part), "no {part:?} in {undeclared:?}");
    }

    assert!(next().starts_with("After unregister"));
    assert_eq!(next(), "1 handler");
    assert_eq!(errors.next(), None);
}

#[test]
fn drivers_are_linked_by_nothing_but_their_attributes() {
    let tick = place("drivers_timer::tick", "examples/drivers/timer/src/lib.rs");
    let receive = place("drivers_uart::receive", "examples/drivers/uart/src/lib.rs");
    assert_eq!(
        stdout("drivers", &[]),
        format!(
            "Linked into this program:\n   \
                interrupt 1: {tick}\n   \
                interrupt 4: {receive}\n\
             Interrupts:\n   \
                timer: tick 1\n   \
                interrupt 1: Handled, continue at 0x2000\n   \
                uart: received 'h'\n   \
                interrupt 4: Handled, continue at 0x2000\n   \
                uart: received 'i'\n   \
                interrupt 4: Handled, continue at 0x2000\n   \
                interrupt 4: NotMine, continue at 0x2000\n   \
                timer: tick 2\n   \
                interrupt 1: Handled, continue at 0x1000\n   \
                interrupt 7: Spurious, continue at 0x1000\n"
        )
    );
}

#[cfg(unix)]
#[test]
fn every_signal_is_handled_once_or_spurious() {
    let printed = stdout("signals", &[]);
    let count = |of: &str| -> usize {
        let numbers = printed.lines().filter(|line| line.contains(of));
        let words = numbers.flat_map(str::split_whitespace);
        let mut counts = words.filter_map(|word| word.parse().ok());
        counts
            .next()
            .unwrap_or_else(|| panic!("no {of:?} in {printed}"))
    };
    assert_eq!(count("signals sent"), 10_000);
    assert_eq!(count("handled by usr1"), 5_000);
    assert_eq!(count("handled by usr2") + count("spurious"), 5_000);
    assert_eq!(count("in total"), 10_000);
    // If the table had not changed during the signals, one of these would be 0.
    assert!(count("handled by usr2") > 0, "{printed}");
    assert!(count("spurious") > 0, "{printed}");
    assert!(count("and registered") > 0, "{printed}");
}

/// The output for the sample. The numbers are those of
/// `tcpdump -n -r sample.pcap FILTER`, with these filters from the top down: none,
/// `ip`, `arp`, `ip6`, `ether proto 0x88b5`, `ip6 proto 0`, `ip proto 1`,
/// `ip proto 2`, `tcp`, `udp`, `ip6 protochain 58`, `arp[6:2] = 1`; then the sums
/// of `tcp[13] & 0x12 = 2` and `ip6 proto 6 and ip6[53] & 0x12 = 2`, and of
/// `icmp[0] = 8` and `ip6 proto 58 and ip6[40] = 128`. The output of
/// `tshark -q -z io,phs` agrees.
const SAMPLE: &str = "    61 packets
    24 EtherType 0x0800: packets::network::ipv4
     2 EtherType 0x0806: packets::network::arp
    34 EtherType 0x86dd: packets::network::ipv6
     1 EtherType 0x88b5: no handler
     7 IP protocol 0: packets::transport::hop_by_hop
     5 IP protocol 1: packets::transport::icmp
     2 IP protocol 2: no handler
    20 IP protocol 6: packets::transport::tcp
    14 IP protocol 17: packets::transport::udp
    17 IP protocol 58: packets::transport::icmpv6
ARP requests: 1
TCP connections: 2
pings: 4
";

/// The output for the sample, with these changes.
fn sample_but(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SAMPLE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "no {from:?} in {text}");
        text.replace(from, to)
    })
}

/// The bytes of the sample: a header of 24, and 16 before each packet.
fn sample() -> Vec<u8> {
    fs::read(root().join("examples/examples/packets/sample.pcap")).unwrap()
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn packets_counts_what_tcpdump_counts() {
    assert_eq!(stdout("packets", &[]), SAMPLE);
}

#[test]
fn packets_reads_pcapng() {
    let copy = file("copy.pcapng", &pcapng(&sample(), 1));
    assert_eq!(stdout("packets", &[&copy]), SAMPLE);
}

#[test]
fn packets_counts_malformed_packets() {
    let mut bytes = sample();
    // The first packet is IPv6 according to its Ethernet header, but no longer according to
    // its own header.
    assert_eq!(bytes[24 + 16 + 14], 0x60);
    bytes[24 + 16 + 14] = 0x40;
    assert_eq!(
        stdout("packets", &[&file("malformed.pcap", &bytes)]),
        sample_but(&[
            (
                "    34 EtherType 0x86dd: packets::network::ipv6\n",
                "    33 EtherType 0x86dd: packets::network::ipv6\n     1 EtherType 0x86dd: malformed\n",
            ),
            ("7 IP protocol 0:", "6 IP protocol 0:"),
            ("17 IP protocol 58:", "16 IP protocol 58:"),
        ])
    );
}

/// Runs the example on a file that it cannot read to the end. It must say why, with the name
/// of the file, and report the packets before the error.
#[track_caller]
fn packets_fails(path: &Path, why: &str, report: &str) {
    let output = run("packets", &[path]);
    assert_eq!(output.status.code(), Some(1));
    let error = format!("{}: {why}\n", path.display());
    assert_eq!(text(&output.stderr), error);
    assert_eq!(text(&output.stdout), report);
}

const NOTHING: &str = "     0 packets\n";

#[test]
fn packets_reports_what_it_read_of_a_truncated_file() {
    let bytes = sample();
    let all_but_one = sample_but(&[
        ("61 packets", "60 packets"),
        ("24 EtherType 0x0800:", "23 EtherType 0x0800:"),
        ("2 IP protocol 2:", "1 IP protocol 2:"),
    ]);
    // The last packet is IGMP, of 54 bytes. Cut it in its data, and in its headers.
    for cut in [1, 54, 54 + 15] {
        let truncated = file("truncated.pcap", &bytes[..bytes.len() - cut]);
        packets_fails(&truncated, "truncated: it ends in a packet", &all_but_one);
    }
    let header = file("header.pcap", &bytes[..20]);
    packets_fails(
        &header,
        "truncated: it ends before the first packet",
        NOTHING,
    );
    let empty = file("empty.pcap", &[]);
    packets_fails(
        &empty,
        "truncated: it ends before the first packet",
        NOTHING,
    );
}

#[test]
fn packets_reports_what_it_read_of_a_damaged_file() {
    let mut bytes = sample();
    // The first packet is 90 bytes long, and the second has no limit.
    let second = 24 + 16 + 90;
    bytes[second + 8..second + 12].fill(0xff);
    packets_fails(
        &file("damaged.pcap", &bytes),
        "damaged: what follows is no packet",
        "     1 packets
     1 EtherType 0x86dd: packets::network::ipv6
     1 IP protocol 0: packets::transport::hop_by_hop
     1 IP protocol 58: packets::transport::icmpv6
",
    );
}

#[test]
fn packets_refuses_foreign_files() {
    let foreign = "not a capture: neither a pcap nor a pcapng file";
    packets_fails(&root().join("Cargo.toml"), foreign, NOTHING);

    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("missing.pcap");
    let error = fs::read(&missing).unwrap_err().to_string();
    packets_fails(&missing, &error, NOTHING);

    let mut bytes = sample();
    bytes[20] = 113; // the low byte of the link type
    let cooked = "its link type is LINUX_SLL: only ETHERNET can be read";
    packets_fails(&file("cooked.pcap", &bytes), cooked, NOTHING);
    let cooked_ng = file("cooked.pcapng", &pcapng(&sample(), 113));
    packets_fails(&cooked_ng, cooked, NOTHING);
}

/// The packets of a little-endian pcap file in the pcapng format.
fn pcapng(pcap: &[u8], link_type: u32) -> Vec<u8> {
    fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
        let padding = body.len().next_multiple_of(4) - body.len();
        let length = u32::try_from(12 + body.len() + padding).unwrap();
        file.extend(kind.to_le_bytes());
        file.extend(length.to_le_bytes());
        file.extend(body);
        file.extend(vec![0; padding]);
        file.extend(length.to_le_bytes());
    }
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };

    let mut file = Vec::new();
    // A section of version 1.0 and unknown length, and its only interface.
    block(&mut file, 0x0a0d_0d0a, &words(&[0x1a2b_3c4d, 1, !0, !0]));
    block(&mut file, 1, &words(&[link_type, 262_144]));
    let mut rest = &pcap[24..];
    while let Some((header, after)) = rest.split_at_checked(16) {
        let length = u32::from_le_bytes(header[8..12].try_into().unwrap());
        let (packet, after) = after.split_at(length as usize);
        let mut body = words(&[0, 0, 0, length, length]);
        body.extend(packet);
        block(&mut file, 6, &body);
        rest = after;
    }
    file
}

#[test]
fn shared_irq_removes_a_driver_under_load() {
    let printed = stdout("shared-irq", &[]);
    let greedy = place_of("static GREEDY", "examples/examples/shared-irq.rs");
    let card = place("shared_irq::receive", "examples/examples/shared-irq.rs");
    let card = card.rsplit_once('`').unwrap().1;
    assert_eq!(
        printed,
        format!(
            "Loaded: 1 static action\n   \
                line 11: Unmask\n\
             The disk joins the line:\n   \
                line 11: Unchanged\n   \
                disk0, priority 1\n   \
                eth0, priority 0\n\
             One interrupt each:\n   \
                disk: Outcome {{ called: 2, pended: 0, handled: true, wake: false }}\n   \
                card: Outcome {{ called: 2, pended: 0, handled: true, wake: true }}\n   \
                none: Outcome {{ called: 2, pended: 0, handled: false, wake: false }}\n\
             20000 interrupts on each CPU; the disk is removed meanwhile:\n   \
                line 11: Unchanged\n   \
                4 buffers freed\n\
             The card still works:\n   \
                card: Outcome {{ called: 1, pended: 0, handled: true, wake: false }}\n   \
                disk: Outcome {{ called: 1, pended: 0, handled: false, wake: false }}\n\
             An exclusive action is rejected:\n   \
                event 11 has `eth0`{card}, so there is no room for `greedy` at {greedy} (the \
                table has 16 slots): only actions that are all `shared` can share an event\n"
        )
    );
}

/// The file and line of the item that starts with this text.
fn place_of(beginning: &str, file: &str) -> String {
    let source = fs::read_to_string(root().join(file)).unwrap();
    let line = source
        .lines()
        .position(|line| line.trim_start().starts_with(beginning))
        .unwrap_or_else(|| panic!("{file} has no `{beginning}`"));
    format!("{file}:{}", line + 1)
}

#[cfg(unix)]
#[test]
fn service_frees_an_observer_while_messages_flow() {
    let total = 5_000 * 5_001 / 2;
    assert_eq!(
        stdout("service", &[]),
        format!(
            "Observers of readings, in order:\n   \
                check\n   \
                totals\n   \
                recorder\n\
             2 sensors send 5000 readings each; the recorder is removed meanwhile:\n   \
                the recorder had some readings, now freed\n   \
                readings recorded since: 0\n\
             Replies:\n   \
                no observer for `reading inside -1`\n   \
                inside: evacuate\n   \
                no observer for `hello inside`\n   \
                no observer for `reading outside -1`\n   \
                outside: evacuate\n   \
                no observer for `hello outside`\n\
             Totals, which include every reading:\n   \
                inside: {total}\n   \
                outside: {total}\n\
             Errors:\n   \
                totals is not registered\n   \
                totals for event 7, which is out of range\n   \
                siren is registered for event 1\n"
        )
    );
}

#[test]
fn metrics_are_scraped_as_prometheus_reads_them() {
    let answer = stdout("metrics", &[]);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
    assert!(body.ends_with("# EOF\n"));
    let value = |name: &str| -> u64 {
        let mut lines = body.lines();
        let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let found = found.unwrap_or_else(|| panic!("no `{name}` in {body}"));
        found.parse().expect("a number")
    };
    for cpu in 0..2 {
        for (event, handlers, count) in [(1, "totals", 800), (2, "siren", 100), (5, "", 100)] {
            let labels = format!("event=\"{event}\",handlers=\"{handlers}\",cpu=\"{cpu}\"");
            assert_eq!(value(&format!("events_total{{{labels}}}")), count);
        }
    }
    for (event, spurious, count) in [(1, 0, 1600), (2, 0, 200), (5, 200, 200)] {
        let label = format!("event=\"{event}\"");
        assert_eq!(
            value(&format!("events_spurious_total{{{label}}}")),
            spurious
        );
        assert_eq!(value(&format!("event_nanoseconds_count{{{label}}}")), count);
        // The last bucket has them all.
        let last = format!("event_nanoseconds_bucket{{le=\"+Inf\",{label}}}");
        assert_eq!(value(&last), count);
    }
}

#[test]
fn threaded_handlers_serve_every_interrupt_while_the_line_is_masked() {
    assert_eq!(
        stdout("threaded", &[]),
        "1000 interrupts woke threads\n   \
            disk: 1000 served\n   \
            card: 1000 served\n\
         Nobody is to be woken: \
            Ok(Outcome { called: 2, pended: 0, handled: false, wake: false })\n"
    );
}

#[test]
fn the_readme_has_the_listing_that_interrupts_prints() {
    let printed = stdout("interrupts", &[]);
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme
        .split_once("The example `interrupts` prints:\n\n```text\n")
        .expect("the README should have the output");
    let (shown, _) = rest.split_once("```\n").unwrap();
    assert_eq!(shown, printed, "write what it prints into the README");
}

/// Without addresses, which differ from build to build.
fn without_addresses(text: &str) -> String {
    let without = |line: &str| line.split("  0x").next().unwrap().trim_end().to_owned();
    text.lines().map(without).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_readme_has_what_cargo_handlers_prints() {
    stdout("quickstart", &[]);
    // The tests of a program are beside its examples.
    let tests = std::env::current_exe().unwrap();
    let image = tests
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples/quickstart");
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args([
            "run",
            "--quiet",
            "--package",
            "cargo-handlers",
            "--",
            "handlers",
        ])
        .arg(image)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));

    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme
        .split_once("prints what is linked into an executable, a kernel or firmware:\n\n```text\n")
        .expect("the README should have the output");
    let (shown, _) = rest.split_once("```\n").unwrap();
    assert_eq!(
        without_addresses(shown),
        without_addresses(&text(&output.stdout))
    );
}

#[test]
fn top_counts_what_its_workers_dispatched() {
    // Few enough that the unknown messages are no storm, and more.
    for messages in [500_u64, 3_000] {
        let printed = stdout(
            "top",
            &[Path::new("--once"), Path::new(&messages.to_string())],
        );
        let row = |event: &str| -> Vec<&str> {
            let found = printed.lines().find(|line| line.starts_with(event));
            found.unwrap().split_whitespace().skip(1).collect()
        };
        let numbers = |event: &str| -> [u64; 6] {
            let parsed: Vec<u64> = row(event).iter().flat_map(|it| it.parse()).collect();
            parsed.try_into().expect(&printed)
        };
        let alarms = 2 * messages / 10;
        let unknown = messages / 10;
        let expected = [
            (
                "Message::Reading",
                2 * messages - alarms - unknown,
                "no totals, checksum",
            ),
            ("Message::Alarm", alarms, "no siren"),
            // Those that are not dropped.
            (
                "Message::Unknown",
                unknown.min(100),
                if unknown < 100 { "no" } else { "yes" },
            ),
        ];
        let (_, readings, _) = expected[0];
        let [reading_rate, ..] = numbers("Message::Reading");
        for (event, count, rest) in expected {
            let [rate, counted, spurious, p50, p99, max] = numbers(event);
            assert_eq!(counted, count, "{event}: {printed}");
            assert_eq!(
                spurious,
                if event == "Message::Unknown" {
                    count
                } else {
                    0
                }
            );
            assert!(0 < p50 && p50 <= p99 && p99 <= max, "{event}: {printed}");
            assert_eq!(row(event)[6..].join(" "), rest);
            // All rates are of one time, and rounded down.
            assert!(rate > 0, "{event}: {printed}");
            assert!((rate * readings).abs_diff(reading_rate * count) <= readings.max(count));
        }
        assert_eq!(printed.lines().count(), 4);
    }
    let output = run("top", &[]);
    assert_eq!(output.status.code(), Some(1), "a pipe is no terminal");
}
