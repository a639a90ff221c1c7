//! Handlers, and a section like theirs of which an element is not `#[used]`: gone
//! if the linker drops such elements, `-z start-stop-gc`.

use bus as _;
use pci as _;
use uart as _;

#[used]
#[unsafe(link_section = "elements")]
static USED: u8 = 0;

#[unsafe(no_mangle)]
#[unsafe(link_section = "elements")]
static UNUSED: u8 = 0;

unsafe extern "C" {
    #[link_name = "__start_elements"]
    static START: u8;
    #[link_name = "__stop_elements"]
    static STOP: u8;
}

fn main() {
    println!("{} of 2", (&raw const STOP).addr() - (&raw const START).addr());
    kernel::print("kernel::IRQS", &kernel::IRQS);
}
