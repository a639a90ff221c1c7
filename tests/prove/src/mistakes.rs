//! The mistakes that a check must find, each made in one place of the sources.

/// In the function, method, type or macro of this name, wherever it is, `to` is written
/// for `from`, which is there once. Space and comments do not matter.
pub(crate) struct Mistake {
    /// The check that must find it.
    pub(crate) kind: &'static str,
    pub(crate) what: &'static str,
    pub(crate) function: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
}

pub(crate) const MISTAKES: &[Mistake] = &[
    // Tables of handlers.
    Mistake {
        kind: "models",
        what: "register looks, then fills",
        function: "Slot::put",
        from: "self.word.compare_exchange(
            ptr::null_mut(),
            encode(function),
            Ordering::AcqRel,
            Ordering::Acquire,
        )
        .is_ok()",
        to: "self.get().is_none() && {
            self.word.store(encode(function), Ordering::SeqCst);
            true
        }",
    },
    Mistake {
        kind: "models",
        what: "unregister looks, then empties",
        function: "Slot::take",
        from: "self.word.swap(ptr::null_mut(), Ordering::AcqRel)",
        to: "{
            let word = self.word.load(Ordering::SeqCst);
            self.word.store(ptr::null_mut(), Ordering::SeqCst);
            word
        }",
    },
    Mistake {
        kind: "models",
        what: "replace empties, then fills",
        function: "Slot::swap",
        from: "self.word.swap(encode(function), Ordering::AcqRel)",
        to: "{
            let word = self.word.swap(ptr::null_mut(), Ordering::SeqCst);
            self.word.store(encode(function), Ordering::SeqCst);
            word
        }",
    },
    Mistake {
        kind: "models",
        what: "a failed init takes back whatever is there",
        function: "Bound::retract",
        from: "self.slot.word.compare_exchange(
            self.handler.as_ptr(),
            ptr::null_mut(),
            Ordering::Release,
            Ordering::Relaxed,
        )",
        to: "self.slot.take()",
    },
    Mistake {
        kind: "models",
        what: "a failed init takes nothing back",
        function: "Loading::publish",
        from: "let _ = self.take_step(Step::Unregister, Some(clash.entry));",
        to: "let _ = clash;",
    },
    Mistake {
        kind: "models",
        what: "init ignores an occupied slot",
        function: "Member::take_step",
        from: "if !bound.publish()",
        to: "if !(bound.publish() || true)",
    },
    Mistake {
        kind: "models",
        what: "init looks, then claims",
        function: "Load::begin",
        from: "self.state.compare_exchange(
            Self::IDLE,
            Self::LOADING,
            Ordering::Acquire,
            Ordering::Acquire,
        )",
        to: "match self.state.load(Ordering::SeqCst) {
            Self::IDLE => Ok(self.state.store(Self::LOADING, Ordering::SeqCst)),
            other => Err(other),
        }",
    },
    Mistake {
        kind: "models",
        what: "a second init does not wait",
        function: "Load::begin",
        from: "spin_loop()",
        to: "return false",
    },
    Mistake {
        kind: "models",
        what: "init loads what is loaded",
        function: "Load::begin",
        from: "Err(Self::LOADED) => return false",
        to: "Err(Self::LOADED) => {
            return self.state.swap(Self::LOADING, Ordering::SeqCst) == Self::LOADED
        }",
    },
    Mistake {
        kind: "models",
        what: "a failed init counts as loaded",
        function: "Load::end",
        from: "Self::IDLE",
        to: "Self::LOADED",
    },
    // Tables of actions.
    Mistake {
        kind: "actions",
        what: "a task that awaits a removal does not mark",
        function: "InFlight::advance_or_mark",
        from: "count.fetch_or(AWAITED, Ordering::AcqRel)",
        to: "count.load(Ordering::Acquire)",
    },
    Mistake {
        kind: "actions",
        what: "a task looks, and then marks",
        function: "InFlight::advance_or_mark",
        from: "count.fetch_or(AWAITED, Ordering::AcqRel)",
        to: "{
            let word = count.load(Ordering::SeqCst);
            count.fetch_or(AWAITED, Ordering::SeqCst);
            word
        }",
    },
    Mistake {
        kind: "actions",
        what: "a pended event is lost",
        function: "Record::run_non_reentrant",
        from: "if ended.is_ok() {
                break;
            }",
        to: "self.running.swap(run::IDLE, Ordering::AcqRel);
            if ended.is_ok() || ended.is_err() {
                break;
            }",
    },
    Mistake {
        kind: "actions",
        what: "what is told while a line is set is not done",
        function: "Enabled::apply",
        from: "self.tell() == Line::Unchanged && self.is_told_unmasked() == told",
        to: "self.tell() != Line::Mask && self.is_told_unmasked() == told
            || self.is_told_unmasked() == told",
    },
    Mistake {
        kind: "actions",
        what: "a wait is for any table's removal",
        function: "Record::wait_in",
        from: "self.belongs_to(head)",
        to: "self.belongs_to(head) || !self.belongs_to(head)",
    },
    Mistake {
        kind: "actions",
        what: "calls what is disabled",
        function: "Pointer::call",
        from: "word & state::DISABLED == 0",
        to: "true",
    },
    Mistake {
        kind: "actions",
        what: "a registration has no number",
        function: "next",
        from: "(word & REGISTRATIONS).checked_add(REGISTRATION)",
        to: "Some(word & REGISTRATIONS)",
    },
    Mistake {
        kind: "actions",
        what: "a handle names any registration",
        function: "Target::is",
        from: "handle.registration == found.record().registration()",
        to: "handle.registration <= found.record().registration()",
    },
    Mistake {
        kind: "actions",
        what: "a guard does not look whether its action is unlinked",
        function: "Owner::is_drained",
        from: "!header.action.record().is_draining()",
        to: "false",
    },
    Mistake {
        kind: "actions",
        what: "a poll does not wait",
        function: "Draining::drain_by",
        from: "!advance(self.tracking, progress)",
        to: "advance(self.tracking, progress) && false",
    },
    Mistake {
        kind: "actions",
        what: "registers what is draining",
        function: "Record::reclaim",
        from: "unsafe { Home::at(home) }.is_idle()",
        to: "home == home",
    },
    Mistake {
        kind: "actions",
        what: "registers what another table drains",
        function: "Claim::to_register",
        from: "let claim = record.claim(state::next)?;
            record.home.store(home.as_ptr(), Ordering::Relaxed);",
        to: "record.home.store(home.as_ptr(), Ordering::Relaxed);
            let claim = record.claim(state::next)?;",
    },
    Mistake {
        kind: "actions",
        what: "an exclusive action is put beside shared ones",
        function: "List::register",
        from: "record.is_shared() && other.is_shared()",
        to: "other.is_shared()",
    },
    Mistake {
        kind: "actions",
        what: "does not unlink",
        function: "List::unregister",
        from: "self.seek(&section, |_| Ok(false))",
        to: "self.seek(&section, |_| Ok(true))",
    },
    Mistake {
        kind: "actions",
        what: "no fence of the reader",
        function: "between_count_and_walk",
        from: "fence(Ordering::SeqCst);",
        to: "",
    },
    Mistake {
        kind: "actions",
        what: "no fence of the waiter",
        function: "InFlight::begin",
        from: "fence(Ordering::SeqCst);",
        to: "",
    },
    Mistake {
        kind: "actions",
        what: "no fence of who does not wait",
        function: "InFlight::is_idle",
        from: "fence(Ordering::SeqCst);",
        to: "",
    },
    Mistake {
        kind: "actions",
        what: "waits for one counter only",
        function: "InFlight::begin",
        from: "seen: 0",
        to: "seen: CPUS + 1",
    },
    Mistake {
        kind: "actions",
        what: "a wait is for dispatches only",
        function: "InFlight::advance_by",
        from: "unwrap_or(&self.writers)",
        to: "unwrap_or(&self.cpus[0])",
    },
    // What may be a table.
    Mistake {
        kind: "types",
        what: "a table is covariant",
        function: "Slot",
        from: "fn(F) -> F",
        to: "fn() -> F",
    },
    Mistake {
        kind: "types",
        what: "a table is contravariant",
        function: "Slot",
        from: "fn(F) -> F",
        to: "fn(F)",
    },
    Mistake {
        kind: "types",
        what: "`table!` does not assert the width",
        function: "HandlerTable::with_proof",
        from: "fits_a_word::<F>()",
        to: "fits_a_word::<F>() || true",
    },
    Mistake {
        kind: "types",
        what: "`table!` does not cast",
        function: "table!",
        from: "function as *const _",
        to: "{
            let _ = function;
            ::core::ptr::null()
        }",
    },
    Mistake {
        kind: "types",
        what: "`with_proof` is safe",
        function: "HandlerTable::with_proof",
        from: "const unsafe fn",
        to: "const fn",
    },
    // What the macros write.
    Mistake {
        kind: "expansion",
        what: "a self with a lifetime panics",
        function: "receiver",
        from: "trees.next();",
        to: r#"assert!(!is_word(trees.nth(1), "self"));"#,
    },
    Mistake {
        kind: "expansion",
        what: "a table has no equals sign",
        function: "table",
        from: "punct('=', semicolon.span())",
        to: "TokenStream::new()",
    },
    Mistake {
        kind: "expansion",
        what: "an error drops the function",
        function: "event_handler",
        from: "quote!(#errors #item)",
        to: "quote!(#errors)",
    },
    // What a linker keeps.
    Mistake {
        kind: "windows",
        what: "no section that is kept points at an entry",
        function: "__entry!",
        from: r#"const _: () = {
            #[used]
            #[unsafe(link_section = ".xdata$handler_table")]
            static KEPT: &$crate::__private::Entry = &$name;
        };"#,
        to: "",
    },
];
