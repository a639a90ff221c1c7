//! [`CpuSet`]: a set of CPUs.

/// A set of the CPUs 0 to 255.
///
/// # Examples
///
/// ```
/// use handler_table::CpuSet;
///
/// const SECOND_SOCKET: CpuSet = CpuSet::of(&[64, 65, 66, 67]);
/// assert!(SECOND_SOCKET.contains(65));
/// assert!(!SECOND_SOCKET.contains(0) && !SECOND_SOCKET.contains(256));
/// assert_eq!(CpuSet::new().with(64).with(65).with(66).with(67), SECOND_SOCKET);
/// assert!(CpuSet::new().is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuSet([u64; 4]);

impl CpuSet {
    /// Creates an empty set.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn new() -> Self {
        CpuSet([0; 4])
    }

    /// Creates a set of the given CPUs.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn of(cpus: &[u8]) -> Self {
        let mut set = CpuSet::new();
        let mut at = 0;
        while at < cpus.len() {
            set = set.with(cpus[at]);
            at += 1;
        }
        set
    }

    /// Adds a CPU to the set.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn with(mut self, cpu: u8) -> Self {
        self.0[(cpu / 64) as usize] |= 1 << (cpu % 64);
        self
    }

    /// Returns whether the CPU is in the set.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn contains(self, cpu: usize) -> bool {
        cpu < 256 && self.0[cpu / 64] & 1 << (cpu % 64) != 0
    }

    /// Returns whether the set contains any of the CPUs `0..end`.
    pub(crate) const fn any_below(self, end: usize) -> bool {
        let mut cpu = 0;
        while cpu < end && cpu < 256 {
            if self.contains(cpu) {
                return true;
            }
            cpu += 1;
        }
        false
    }

    /// Returns whether the set contains more than one CPU.
    pub(crate) const fn has_several(self) -> bool {
        let CpuSet([a, b, c, d]) = self;
        a.count_ones() + b.count_ones() + c.count_ones() + d.count_ones() > 1
    }

    /// Returns a bit for each CPU: CPU 8 is the lowest one of the second byte.
    pub(crate) const fn bytes(self) -> [u8; 32] {
        let (mut bytes, mut cpu) = ([0; 32], 0);
        while cpu < 256 {
            if self.contains(cpu) {
                bytes[cpu / 8] |= 1 << (cpu % 8);
            }
            cpu += 1;
        }
        bytes
    }

    /// Returns whether the set is empty.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn is_empty(self) -> bool {
        matches!(self.0, [0, 0, 0, 0])
    }
}
