//! The constructor: code that runs while the library is mapped, before any call to it.

use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};

/// The tests write a path here in a copy of the library.
#[used]
static TARGET_PATH: [u8; 256] = {
    let mut path = [0; 256];
    let marker = b"PATH FOR THE CONSTRUCTOR";
    let mut index = 0;
    while index < marker.len() {
        path[index] = marker[index];
        index += 1;
    }
    path
};

static OPENED: AtomicI64 = AtomicI64::new(i64::MIN);

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = open;

extern "C" fn open() {
    let path = ptr::from_ref(&TARGET_PATH);
    if unsafe { ptr::read_volatile(path) }[0] == b'/' {
        let opened = unsafe { libc::open(path.cast(), libc::O_RDONLY) };
        OPENED.store(opened.into(), Ordering::Relaxed);
    }
}

pub fn outcome() -> String {
    match OPENED.load(Ordering::Relaxed) {
        -1 => "refused".to_owned(),
        i64::MIN => "not tried".to_owned(),
        _ => "DONE".to_owned(),
    }
}
