// Whether the saved replies are shown: the field's `;` and the bar's button open the same list.
class Picked {
  shown = $state(false);
}

export const pickedReply = new Picked();
