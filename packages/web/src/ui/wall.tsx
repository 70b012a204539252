const COURSES = 12;
const COURSE_HEIGHT = 60;
const WIDTH = 920;

/** All joints of the wall as one path. Stones are uneven like laid ones, and the same on every visit. */
function joints(): string {
  let path = '';
  for (let course = 0; course <= COURSES; course += 1) {
    path += `M0 ${course * COURSE_HEIGHT}h${WIDTH}`;
    if (course === COURSES) continue;
    let x = ((course * 67) % 110) - 40;
    for (let stone = 0; x < WIDTH; stone += 1) {
      x += 84 + ((course * 31 + stone * 47) % 76);
      path += `M${x} ${course * COURSE_HEIGHT}v${COURSE_HEIGHT}`;
    }
  }
  return path;
}

const JOINTS = joints();

/** The sign-in picture: a wall, and the one way through. Decorative. */
export function Wall() {
  return (
    <svg
      className="absolute inset-0 h-full w-full"
      viewBox={`0 0 ${WIDTH} 900`}
      preserveAspectRatio="xMidYMax slice"
      aria-hidden="true"
    >
      <rect className="wall-ground" y={COURSES * COURSE_HEIGHT} width={WIDTH} height="180" />
      <path className="wall-joints" d={JOINTS} />
      <path className="wall-frame" d="M544 720v-108a46 46 0 0 1 92 0v108z" />
      <path className="wall-gate" d="M560 720v-106a30 30 0 0 1 60 0v106z" />
      <path className="wall-light" d="M560 720h60l46 180H476z" />
    </svg>
  );
}
