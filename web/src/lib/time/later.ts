// Times to be reminded at, in the browser's own day.
export function later(now: Date) {
  const in_ = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
  const morning = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9);
  return {
    hour: in_(1),
    afternoon: in_(4),
    tomorrow: morning(1),
    monday: morning((8 - now.getDay()) % 7 || 7),
  };
}
