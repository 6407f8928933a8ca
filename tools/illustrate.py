"""Draws the pictures of the demo company's missions and associations: tools/illustrate.py, in Odoo's Python.

Flat shapes in few colours, so that each file stays small and none is anybody else's work.
"""

import math
from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parent.parent / "volunteer_engagement" / "demo" / "images"
WIDTH, HEIGHT, SCALE = 640, 400, 3
INK, WHITE, CREAM = "#3b4252", "#ffffff", "#fdf3e1"
SKY, GRASS, LEAF, WATER, SAND = "#d9eef7", "#a9cf8f", "#5f9a56", "#6fb3d2", "#f1dcb0"
RED, ORANGE, YELLOW, BROWN, PURPLE, PINK = "#d8695e", "#ea9d53", "#f5cf65", "#a3734f", "#8a75b5", "#eab9c0"


class Canvas:
    """Draws in units of the finished picture; edges come out smooth because it is made larger."""

    def __init__(self, background, size=(WIDTH, HEIGHT)):
        self.size = size
        self.image = Image.new("RGB", [side * SCALE for side in size], background)
        self.draw = ImageDraw.Draw(self.image)

    def polygon(self, *points, fill):
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def box(self, x, y, width, height, fill, radius=0):
        corners = [side * SCALE for side in (x, y, x + width, y + height)]
        self.draw.rounded_rectangle(corners, radius * SCALE, fill=fill)

    def disc(self, x, y, radius, fill, height=None):
        height = height or radius
        self.draw.ellipse([side * SCALE for side in (x - radius, y - height, x + radius, y + height)], fill=fill)

    def line(self, *points, fill=INK, width=6):
        self.draw.line([(x * SCALE, y * SCALE) for x, y in points], fill, width * SCALE, joint="curve")
        for x, y in points:
            self.disc(x, y, width / 2, fill)

    def ring(self, x, y, radius, fill=INK, width=8):
        corners = [side * SCALE for side in (x - radius, y - radius, x + radius, y + radius)]
        self.draw.ellipse(corners, outline=fill, width=width * SCALE)

    def wave(self, x, y, width, fill=WHITE, height=6, length=60):
        self.line(
            *((x + step, y + height * math.sin(step * 2 * math.pi / length)) for step in range(0, width + 1, 4)),
            fill=fill,
            width=4,
        )

    def save(self, name, colors=48):
        picture = self.image.resize(self.size, Image.Resampling.LANCZOS)
        picture.quantize(colors, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def tree(canvas, x, y, size, leaf=LEAF):
    canvas.box(x - size * 0.08, y - size * 0.5, size * 0.16, size * 0.5, BROWN)
    canvas.disc(x, y - size * 0.75, size * 0.36, leaf)
    canvas.disc(x - size * 0.22, y - size * 0.55, size * 0.24, leaf)
    canvas.disc(x + size * 0.22, y - size * 0.55, size * 0.24, leaf)


def sprout(canvas, x, y, height, leaf=LEAF):
    canvas.line((x, y), (x, y - height), fill=leaf, width=6)
    for side, share in ((-1, 0.5), (1, 0.7), (-1, 0.95), (1, 1.0)):
        canvas.disc(x + side * height * 0.22, y - height * share, height * 0.2, leaf, height * 0.11)


def river():
    canvas = Canvas(SKY)
    canvas.disc(520, 90, 46, YELLOW)
    canvas.disc(140, 330, 260, GRASS, 170)
    canvas.disc(560, 350, 300, "#bddaa2", 170)
    for x, y, size in ((70, 205, 110), (160, 190, 130), (470, 215, 120), (580, 215, 90)):
        tree(canvas, x, y, size)
    canvas.polygon((0, 280), (200, 262), (420, 250), (640, 268), (640, 400), (0, 400), fill=WATER)
    for x, y, width in ((60, 300, 120), (300, 290, 180), (150, 345, 180), (420, 350, 120), (40, 382, 120)):
        canvas.wave(x, y, width)
    canvas.disc(330, 232, 34, INK, 40)
    canvas.polygon((314, 196), (346, 196), (338, 178), (322, 178), fill=INK)
    canvas.line((316, 196), (344, 196), fill=YELLOW, width=6)
    return canvas


def nursery():
    canvas = Canvas("#e9f3dc")
    canvas.disc(110, 90, 46, YELLOW)
    canvas.box(0, 312, 640, 88, BROWN)
    canvas.box(0, 300, 640, 18, "#c08d65")
    for x, height in ((110, 90), (250, 140), (400, 110), (540, 170)):
        sprout(canvas, x, 240, height)
        canvas.polygon((x - 52, 232), (x + 52, 232), (x + 36, 312), (x - 36, 312), fill=ORANGE)
        canvas.box(x - 58, 222, 116, 24, RED, 6)
    return canvas


def crate(canvas, x, y, color, content):
    for step in range(4):
        canvas.disc(x + 28 + step * 38, y - 6, 24, content)
        canvas.line((x + 28 + step * 38, y - 30), (x + 34 + step * 38, y - 40), fill=LEAF, width=5)
    canvas.box(x, y, 170, 84, color, 6)
    for line in (26, 54):
        canvas.line((x + 8, y + line), (x + 162, y + line), fill=INK, width=3)


def sorting():
    canvas = Canvas(CREAM)
    canvas.box(0, 330, 640, 70, "#e4c9a0")
    crate(canvas, 60, 246, BROWN, RED)
    crate(canvas, 240, 246, "#b98760", ORANGE)
    crate(canvas, 420, 246, BROWN, YELLOW)
    crate(canvas, 150, 110, "#b98760", "#8fbf6b")
    crate(canvas, 330, 110, BROWN, RED)
    return canvas


def kitchen():
    canvas = Canvas("#fbe6d4")
    canvas.box(0, 320, 640, 80, "#c9a37f")
    for x in (270, 320, 370):
        canvas.line(*((x + 10 * math.sin(step / 14), 130 - step) for step in range(0, 90, 6)), fill=WHITE, width=8)
    canvas.box(190, 170, 260, 150, INK, 18)
    canvas.box(170, 150, 300, 30, "#59647a", 12)
    canvas.box(140, 200, 60, 20, "#59647a", 10)
    canvas.box(440, 200, 60, 20, "#59647a", 10)
    canvas.disc(320, 142, 16, RED)
    for x, color in ((80, RED), (560, LEAF)):
        canvas.disc(x, 316, 66, WHITE, 20)
        canvas.disc(x, 300, 36, color, 22)
    return canvas


def reading():
    canvas = Canvas("#e6e0f2")
    canvas.polygon((320, 150), (90, 110), (90, 300), (320, 345), fill=WHITE)
    canvas.polygon((320, 150), (550, 110), (550, 300), (320, 345), fill="#f4f1fa")
    canvas.polygon((320, 345), (90, 300), (90, 318), (320, 364), (550, 318), (550, 300), fill=PURPLE)
    for step in range(4):
        canvas.line((125, 160 + step * 32), (285, 190 + step * 32), fill="#cfc6e3", width=6)
        canvas.line((355, 190 + step * 32), (515, 160 + step * 32), fill="#cfc6e3", width=6)
    for x, y, size, color in ((150, 60, 16, YELLOW), (320, 90, 22, RED), (470, 55, 18, ORANGE), (560, 80, 10, LEAF)):
        star(canvas, x, y, size, color)
    return canvas


def star(canvas, x, y, size, color):
    canvas.polygon(
        *(
            (
                x + size * (1 if corner % 2 else 0.45) * math.sin(corner * math.pi / 5),
                y + size * (1 if corner % 2 else 0.45) * math.cos(corner * math.pi / 5),
            )
            for corner in range(10)
        ),
        fill=color,
    )


def code():
    canvas = Canvas("#dcebf0")
    canvas.box(150, 70, 340, 230, INK, 16)
    canvas.box(168, 88, 304, 194, "#2b3040", 6)
    canvas.polygon((100, 300), (540, 300), (580, 340), (60, 340), fill="#8c96a8")
    canvas.line((270, 150), (225, 185), (270, 220), fill=YELLOW, width=12)
    canvas.line((370, 150), (415, 185), (370, 220), fill=YELLOW, width=12)
    canvas.line((338, 135), (302, 235), fill=ORANGE, width=12)
    return canvas


def website():
    canvas = Canvas("#e3f0e6")
    canvas.box(110, 60, 420, 280, WHITE, 14)
    canvas.box(110, 60, 420, 46, INK, 14)
    canvas.box(110, 90, 420, 20, INK)
    for x, color in ((136, RED), (162, YELLOW), (188, LEAF)):
        canvas.disc(x, 84, 8, color)
    canvas.box(140, 134, 160, 110, WATER, 8)
    for y, width in ((140, 170), (168, 140), (196, 170), (224, 100)):
        canvas.box(326, y, width, 14, "#cdd5dd", 7)
    for x, color in ((140, PINK), (272, YELLOW), (404, GRASS)):
        canvas.box(x, 266, 100, 50, color, 8)
    return canvas


def clothes():
    canvas = Canvas("#e4e9f3")
    canvas.line((60, 70), (580, 70), fill=BROWN, width=12)
    for x, color in ((170, RED), (320, PURPLE), (470, LEAF)):
        canvas.line((x, 70), (x, 100), width=6)
        canvas.line((x - 50, 130), (x, 100), (x + 50, 130), width=8)
        canvas.polygon((x - 55, 126), (x + 55, 126), (x + 66, 320), (x - 66, 320), fill=color)
        canvas.polygon((x - 55, 126), (x - 92, 270), (x - 66, 280), (x - 40, 170), fill=color)
        canvas.polygon((x + 55, 126), (x + 92, 270), (x + 66, 280), (x + 40, 170), fill=color)
        canvas.line((x, 140), (x, 318), fill=WHITE, width=3)
        for y in (180, 225, 270):
            canvas.disc(x + 12, y, 5, WHITE)
    return canvas


def market():
    canvas = Canvas(SKY)
    canvas.box(0, 330, 640, 70, "#cdbb9d")
    for x in (120, 510):
        canvas.box(x, 120, 14, 220, BROWN)
    for step in range(8):
        color = RED if step % 2 else WHITE
        x = 92 + step * 57
        canvas.polygon((x + 10, 70), (x + 57 + 4 - 14, 70), (x + 57, 140), (x, 140), fill=color)
        canvas.disc(x + 28.5, 140, 28.5, color, 20)
    canvas.box(96, 240, 452, 100, "#b98760", 6)
    for step, color in enumerate((RED, ORANGE, YELLOW, LEAF, PURPLE, RED, ORANGE)):
        canvas.disc(140 + step * 60, 232, 26, color)
    canvas.box(96, 246, 452, 24, BROWN)
    return canvas


def garden():
    canvas = Canvas("#dff1fa")
    canvas.disc(540, 80, 44, YELLOW)
    canvas.disc(320, 420, 480, GRASS, 160)
    for x, y, height in ((110, 370, 170), (230, 380, 220), (350, 375, 180), (470, 385, 230), (580, 375, 150)):
        canvas.line((x, y), (x, y - height), fill=LEAF, width=10)
        canvas.disc(x - 26, y - height * 0.4, 26, LEAF, 12)
        canvas.disc(x + 26, y - height * 0.55, 26, LEAF, 12)
        for petal in range(12):
            angle = petal * math.pi / 6
            canvas.disc(x + 40 * math.cos(angle), y - height + 40 * math.sin(angle), 15, "#f2b84b")
        canvas.disc(x, y - height, 30, BROWN)
    return canvas


def phone():
    canvas = Canvas("#fbe9ea")
    canvas.box(60, 90, 240, 130, WHITE, 30)
    canvas.polygon((120, 210), (180, 210), (130, 260), fill=WHITE)
    canvas.box(360, 160, 220, 120, PURPLE, 30)
    canvas.polygon((470, 270), (530, 270), (530, 325), fill=PURPLE)
    heart(canvas, 180, 150, 40, RED)
    for x in (420, 470, 520):
        canvas.disc(x, 220, 12, WHITE)
    return canvas


def heart(canvas, x, y, size, color):
    canvas.disc(x - size * 0.48, y - size * 0.2, size * 0.55, color)
    canvas.disc(x + size * 0.48, y - size * 0.2, size * 0.55, color)
    canvas.polygon((x - size * 0.98, y), (x + size * 0.98, y), (x, y + size), fill=color)


def dog():
    canvas = Canvas("#e6f1df")
    canvas.disc(540, 80, 40, YELLOW)
    canvas.disc(320, 440, 520, GRASS, 130)
    canvas.box(230, 200, 210, 90, BROWN, 44)
    for x in (248, 290, 378, 412):
        canvas.box(x, 260, 24, 90, BROWN, 10)
    canvas.line((236, 226), (190, 170), fill=BROWN, width=18)
    canvas.disc(450, 180, 56, BROWN, 50)
    canvas.box(470, 172, 70, 42, BROWN, 20)
    canvas.disc(532, 182, 12, INK)
    canvas.disc(462, 164, 8, INK)
    canvas.box(404, 140, 32, 86, "#7d5539", 16)
    canvas.line((420, 226), (484, 226), fill=RED, width=14)
    canvas.disc(466, 242, 10, YELLOW)
    return canvas


def bicycle():
    canvas = Canvas("#fdf0d8")
    canvas.box(0, 330, 640, 70, "#dcc8a4")
    for x in (200, 450):
        canvas.ring(x, 260, 80, width=10)
        for spoke in range(4):
            angle = spoke * math.pi / 4
            dx, dy = 74 * math.cos(angle), 74 * math.sin(angle)
            canvas.line((x - dx, 260 - dy), (x + dx, 260 + dy), fill="#b5bcc9", width=2)
        canvas.disc(x, 260, 10, INK)
    canvas.line((200, 260), (270, 150), (415, 150), (320, 260), (200, 260), fill=RED, width=12)
    canvas.line((320, 260), (258, 122), fill=RED, width=12)
    canvas.line((450, 260), (402, 112), fill=RED, width=12)
    canvas.line((226, 120), (290, 120), width=14)
    canvas.line((402, 112), (440, 100), width=12)
    canvas.disc(320, 260, 18, INK)
    return canvas


def beach():
    canvas = Canvas(SKY)
    canvas.disc(500, 90, 52, ORANGE)
    canvas.box(0, 150, 640, 110, WATER)
    for x, y, width in ((40, 180, 180), (330, 190, 240), (160, 225, 240)):
        canvas.wave(x, y, width)
    canvas.polygon((0, 262), (640, 240), (640, 400), (0, 400), fill=SAND)
    canvas.ring(320, 268, 66, fill=INK, width=6)
    canvas.polygon((250, 270), (390, 270), (372, 372), (268, 372), fill=RED)
    canvas.box(240, 258, 160, 24, "#b9534a", 8)
    star(canvas, 130, 330, 30, ORANGE)
    canvas.disc(500, 345, 34, PINK, 20)
    for x in (480, 500, 520):
        canvas.line((500, 362), (x, 330), fill=WHITE, width=3)
    return canvas


def logo(name, background, mark):
    canvas = Canvas(background, (128, 128))
    mark(canvas)
    canvas.save(f"logo_{name}")


def table(canvas):
    canvas.disc(64, 68, 40, WHITE)
    canvas.disc(64, 68, 26, "#f7ddc7")
    canvas.line((18, 36), (18, 100), fill=WHITE, width=6)
    canvas.line((110, 36), (110, 100), fill=WHITE, width=6)


def brackets(canvas):
    canvas.line((46, 36), (20, 64), (46, 92), fill=WHITE, width=12)
    canvas.line((82, 36), (108, 64), (82, 92), fill=WHITE, width=12)


def waves(canvas):
    for y in (44, 68, 92):
        canvas.wave(16, y, 96, height=8, length=48)


def wheel(canvas):
    canvas.ring(64, 64, 46, fill=WHITE, width=9)
    for spoke in range(3):
        angle = spoke * math.pi / 3
        dx, dy = 44 * math.cos(angle), 44 * math.sin(angle)
        canvas.line((64 - dx, 64 - dy), (64 + dx, 64 + dy), fill=WHITE, width=5)


def paw(canvas):
    canvas.disc(64, 84, 28, WHITE, 22)
    for x, y in ((28, 62), (50, 40), (78, 40), (100, 62)):
        canvas.disc(x, y, 12, WHITE, 15)


def main():
    FOLDER.mkdir(exist_ok=True)
    scenes = (
        river,
        nursery,
        sorting,
        kitchen,
        reading,
        code,
        website,
        clothes,
        market,
        garden,
        phone,
        dog,
        bicycle,
        beach,
    )
    for scene in scenes:
        scene().save(scene.__name__)
    logo("green_river", LEAF, waves)
    logo("open_table", RED, table)
    logo("code_together", INK, brackets)
    logo("warm_voices", PURPLE, lambda canvas: heart(canvas, 64, 60, 40, WHITE))
    logo("four_paws", BROWN, paw)
    logo("second_wheel", ORANGE, wheel)


if __name__ == "__main__":
    main()
