/** How values of persons look. */

/** An e-mail address within a text; not `logo@2x.png`, nor a position on a map. */
export const EMAIL = /[^\s@/?&=:;,<>"']+@(?!\dx\.)(?:[a-z\d-]+\.)+[a-z]{2,}/i
/** A Vietnamese mobile number, with or without country code. */
export const PHONE = /^(?:\+?84|0)[35789]\d{8}$/

/** Lengths and beginnings of cards in use; numbers of 13 digits are barcodes and times, not cards. */
const CARD =
  /^(?:4\d{15}|4\d{18}|5[1-5]\d{14}|2(?:2[3-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|6(?:011|5\d\d)\d{12}|35[2-8]\d{13}|62\d{14,17}|9704\d{12}|9704\d{15})$/

const isLuhn = (digits: string): boolean => {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/** The number of a card, blanks and dashes allowed. */
export const isCardNumber = (text: string): boolean => {
  const digits = text.replace(/[ -]/g, '')
  return CARD.test(digits) && isLuhn(digits)
}
