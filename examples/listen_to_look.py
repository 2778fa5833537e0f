"""Distil a video network into one image and its sound, then skim long videos.

    python examples/listen_to_look.py                # the generated sets
    python examples/listen_to_look.py --data=FOLDER  # FOLDER/class/clip.mp4
    KERAS_BACKEND=torch python examples/listen_to_look.py --scale=smoke

A teacher learns from labels to classify clips by their frames. Students that
see one frame, hear the sound, or both, learn from the teacher alone. The one
with both senses then learns from labels as well, encodes long videos clip by
clip, and skimmers learn where in them to look. The run ends with a table of
accuracy and cost, and leaves in --output the student as a preset, table.json
and pictures of accuracy over cost.
"""

import listen_to_look_parts as parts
from absl import app, flags

FLAGS = flags.FLAGS


def main(_):
    """Train, distil, skim, measure."""
    run = parts.Run()
    teacher = run.train_teacher()
    run.add_clip_row("teacher", teacher, "video")

    students = {
        "student": {},
        "image only": {"audio": False},
        "audio only": {"image": False},
        "L1 alone": {"kl_weight": 0.0},
        "KL alone": {"l1_weight": 0.0},
    }
    for name, options in students.items():
        model = run.distil(teacher, **options)
        run.add_clip_row(name, model)
        students[name] = model
    student = students["student"]
    student.student.save_to_preset(run.folder / "student")

    run.fine_tune(student)
    run.add_clip_row("fine-tuned", student)
    run.encode_long_videos(student.student)
    run.add_video_row("all clips", run.train_selected(student, "all"))
    for num_steps in parts.STEPS[FLAGS.scale]:
        for kind in ("uniform", "random"):
            model = run.train_selected(student, kind, num_steps)
            run.add_video_row(f"{kind}, T = {num_steps}", model)
        model = run.train_skimming(student, num_steps)
        run.add_video_row(f"skimming, T = {num_steps}", model)
    run.report()
    parts.inside_another_model(run.folder / "student", run.train)


if __name__ == "__main__":
    app.run(main)
