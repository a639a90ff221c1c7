//! Not a handler and not a function: it only brings a driver along.

use disk as _;
