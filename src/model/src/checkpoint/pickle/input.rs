//! The bytes of a pickle, read from front to back.

use super::error::PickleError;

/// A place in a pickle's bytes.
pub struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.at..];
        let taken = rest
            .get(..count)
            .ok_or(PickleError::CutOff(self.bytes.len()))?;
        self.at += count;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, PickleError> {
        Ok(self.array::<1>()?[0])
    }

    /// A length of one, four or eight bytes, little-endian.
    pub fn length(&mut self, width: usize) -> Result<usize, PickleError> {
        let mut wide = [0; 8];
        wide[..width].copy_from_slice(self.take(width)?);
        // what does not fit is longer than any file
        usize::try_from(u64::from_le_bytes(wide)).map_err(|_| PickleError::CutOff(self.bytes.len()))
    }

    /// As many bytes as the length of `width` bytes before them says.
    pub fn counted(&mut self, width: usize) -> Result<&'a [u8], PickleError> {
        let length = self.length(width)?;
        self.take(length)
    }

    /// The text up to the next new line, which is skipped.
    pub fn line(&mut self) -> Result<&'a str, PickleError> {
        let bytes = self.line_bytes()?;
        self.text(bytes)
    }

    /// The bytes up to the next new line, which is skipped.
    pub fn line_bytes(&mut self) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or(PickleError::CutOff(self.bytes.len()))?;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    /// These bytes as text.
    pub fn text(&self, bytes: &'a [u8]) -> Result<&'a str, PickleError> {
        std::str::from_utf8(bytes).map_err(|_| self.malformed("a text is not valid UTF-8"))
    }

    /// An error here.
    pub fn malformed(&self, what: &'static str) -> PickleError {
        PickleError::Malformed { what, at: self.at }
    }
}
