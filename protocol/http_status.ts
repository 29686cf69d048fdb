import type { ErrorCode } from "./errors.ts";

/** The HTTP status that says about the same as `code`. */
export function httpStatus(code: ErrorCode): number {
  switch (code) {
    case "INVALID_REQUEST":
      return 400;
    case "UNAUTHORIZED":
      return 401;
    case "FORBIDDEN":
    case "READ_ONLY":
    case "FOLDER_NOT_ALLOWED":
    case "FILE_NOT_ALLOWED":
      return 403;
    case "HOST_NOT_FOUND":
    case "SESSION_NOT_FOUND":
    case "FOLDER_NOT_FOUND":
    case "FILE_NOT_FOUND":
    case "UPLOAD_NOT_FOUND":
      return 404;
    case "CONFLICT":
    case "NOT_LINKED":
    case "CANCELLED":
    case "LIMIT_REACHED":
      return 409;
    case "PAYLOAD_TOO_LARGE":
      return 413;
    case "RATE_LIMITED":
      return 429;
    case "DISK_FULL":
      return 507;
    case "UNAVAILABLE":
    case "HOST_OFFLINE":
      return 503;
    case "TIMEOUT":
      return 504;
    default:
      return 500;
  }
}
