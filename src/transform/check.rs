pub struct CheckFailure(pub String);
pub fn check() {}
