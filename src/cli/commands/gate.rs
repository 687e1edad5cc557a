//! `vigie gate`.

#[expect(dead_code, reason = "called once the verb is there")]
mod bench;
